// The webinar and the shop together: one key, two addresses.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { makeShop } from './shop.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Starts both, and says where they are; `stop` ends both. */
export async function start({ shopPort = 0, webinarPort = 0, database, log = () => {} } = {}) {
  const rootKey = randomBytes(32)
  const { app, store } = await makeShop({ database, rootKey })
  const shop = await app.listen({ port: shopPort, host: '127.0.0.1' })
  const args = ['run', '--release', '--quiet', '-p', 'webinar', '--', '--port', String(webinarPort), '--shop', shop]
  const webinar = spawn('cargo', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, SENTBY_ROOT_KEY: rootKey.toString('hex') } })
  const base = await new Promise((resolve, reject) => {
    let text = ''
    webinar.stdout.on('data', (chunk) => {
      text += chunk
      const found = /The pages are at (http:\/\/\S+?)\/ /.exec(text)
      if (found) resolve(found[1])
    })
    webinar.on('error', reject)
    webinar.on('exit', (code) => reject(new Error(`the webinar ended with ${code}\n${text}`)))
  })
  log(`the webinar is at ${base}/webinar/sales-masterclass?partner=anna\nthe shop is at ${shop}/\n(Ctrl-C ends both)`)
  const stop = async () => {
    webinar.kill('SIGINT')
    await app.close()
  }
  return { shop, webinar: base, store, stop }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const both = await start({ shopPort: 8788, webinarPort: 8787, database: process.env.DATABASE, log: console.log })
  process.once('SIGINT', () => both.stop())
}
