import adapter from './fastify.cjs'

export const { sentby } = adapter
