import sentby from './index.cjs'

export const {
  Keys,
  Program,
  allocate,
  clearCookie,
  explain,
  formatMoney,
  parseMoney,
  peek,
  touchOf,
} = sentby
