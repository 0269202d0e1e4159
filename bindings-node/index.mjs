import sentby from './index.cjs'

export const {
  Keys,
  Program,
  allocate,
  carrierNames,
  clearCookie,
  explain,
  formatMoney,
  link,
  lint,
  networks,
  parseMoney,
  peek,
  read,
  readColumn,
  readLenient,
  touchOf,
} = sentby
