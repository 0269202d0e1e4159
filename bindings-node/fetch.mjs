import adapter from './fetch.cjs'

export const { sentby } = adapter
