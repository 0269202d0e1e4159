import adapter from './express.cjs'

export const { sentby } = adapter
