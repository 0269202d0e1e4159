// What the shop keeps: orders as they were decided, and the ledger's events. One setting says where: a PostgreSQL URL, or a file of SQLite.
//
// The events are the truth. An order, its decision and its events are written in one transaction; the ledger in memory is what they make.
import { Ledger } from 'sentby'

const TABLES = `
  CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, buyer TEXT NOT NULL, attribution TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL);`

const DATES = new Set(['at', 'cartAt', 'firstAt'])
const text = (value) => JSON.stringify(value)
const parse = (value) => JSON.parse(value, (key, field) => (DATES.has(key) && typeof field === 'string' ? new Date(field) : field))

/** SQLite in a file, or in memory: compiled to WebAssembly, so nothing is built or downloaded when it is installed. */
async function sqlite(file) {
  const { default: wasm } = await import('node-sqlite3-wasm')
  const db = new wasm.Database(file)
  const query = (sql, values = []) => db.all(sql.replace(/\$\d+/g, '?'), values)
  return { query, close: () => db.close(), whole: (sql) => db.exec(sql) }
}

async function postgres(url) {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    query: async (sql, values = []) => (await client.query(sql, values)).rows,
    whole: (sql) => client.query(sql),
    close: () => client.end(),
  }
}

export async function openStore(where = ':memory:') {
  const db = await (/^postgres(ql)?:/.test(where) ? postgres(where) : sqlite(where))
  await db.whole(TABLES)
  return new Store(db, await ledgerOf(db))
}

async function eventsOf(db) {
  const rows = await db.query('SELECT event FROM events ORDER BY number')
  return rows.map((row) => parse(row.event))
}

async function ledgerOf(db) {
  const ledger = new Ledger()
  for (const event of await eventsOf(db)) ledger.apply(event)
  return ledger
}

class Store {
  #db
  #ledger
  #orders = 0
  /** One change after another: the ledger and the file take the same steps. */
  #turn = Promise.resolve()

  constructor(db, ledger) {
    this.#db = db
    this.#ledger = ledger
  }

  get ledger() {
    return this.#ledger
  }

  events() {
    return eventsOf(this.#db)
  }

  async order(id) {
    const [row] = await this.#db.query('SELECT buyer, attribution FROM orders WHERE id = $1', [id])
    return row && { id, buyer: row.buyer, ...parse(row.attribution) }
  }

  async orders() {
    const rows = await this.#db.query('SELECT id, buyer FROM orders ORDER BY id')
    return rows
  }

  /** Numbers the order, lets `decide` decide it, and writes everything, or nothing. */
  place(buyer, decide) {
    return this.#inTurn(async () => {
      if (this.#orders === 0) this.#orders = Number((await this.#db.query('SELECT count(*) AS n FROM orders'))[0].n)
      const id = `S-${1001 + this.#orders}`
      const { attribution, events } = decide(id)
      await this.#write(events, () => this.#db.query('INSERT INTO orders VALUES ($1, $2, $3)', [id, buyer, text(attribution)]))
      this.#orders++
      return id
    })
  }

  /** Writes what happened. What was recorded before changes nothing; what contradicts it is an error, and nothing is written. */
  record(events) {
    return this.#inTurn(() => this.#write(events, () => {}))
  }

  #inTurn(step) {
    const done = this.#turn.then(step)
    this.#turn = done.catch(() => {})
    return done
  }

  async #write(events, more) {
    await this.#db.query('BEGIN')
    try {
      await more()
      for (const event of events) {
        if (this.#ledger.apply(event).outcome === 'replay') continue
        await this.#db.query('INSERT INTO events (number, id, event) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM events), $1, $2)', [event.id, text(event)])
      }
      await this.#db.query('COMMIT')
    } catch (error) {
      await this.#db.query('ROLLBACK')
      // Memory may be ahead of the file now.
      this.#ledger = await ledgerOf(this.#db)
      throw error
    }
  }

  async close() {
    await this.#turn
    await this.#db.close()
  }
}
