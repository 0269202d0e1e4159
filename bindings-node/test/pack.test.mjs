// The package as npm packs it, installed into an empty project by its path.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const HERE = fileURLToPath(new URL('..', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'sentby-pack-'))
after(() => rmSync(project, { recursive: true }))

const npm = (cwd, ...args) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
const node = (...args) => execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })

test('it holds what it needs and nothing else, and runs where nothing else is', () => {
  const [packed] = JSON.parse(npm(HERE, 'pack', '--json', '--pack-destination', project))
  const files = packed.files.map(({ path }) => path).filter((path) => !/\.(node|wasm)$/.test(path)).sort()
  assert.deepEqual(files, [
    'README.md', 'browser.js', 'express.cjs', 'express.d.ts', 'express.mjs', 'fastify.cjs', 'fastify.d.ts', 'fastify.mjs', 'fetch.cjs', 'fetch.d.ts', 'fetch.mjs',
    'index.cjs', 'index.d.ts', 'index.mjs', 'native.cjs', 'package.json', 'types.d.ts', 'wasm.d.ts', 'wasm.mjs', 'web.cjs', 'web.d.ts', 'words.d.ts',
  ])
  const { scripts, dependencies } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'))
  assert.deepEqual([scripts.install, scripts.postinstall, scripts.preinstall, dependencies], [undefined, undefined, undefined, undefined])
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  npm(project, 'install', '--no-audit', '--no-fund', '--offline', '--silent', join(project, packed.filename))
  // The README's own text, with its path to the rules made whole.
  const [, code] = /### Node\n\n```js\n([^]*?)```/.exec(readFileSync(`${ROOT}README.md`, 'utf8'))
  writeFileSync(join(project, 'sale.mjs'), code.replace("'core/", `'${ROOT}core/`))
  assert.equal(node('sale.mjs'), readFileSync(`${ROOT}examples/story/expected.txt`, 'utf8'))
})

test('both kinds of modules have the same names', () => {
  for (const entry of ['sentby', 'sentby/fetch', 'sentby/express', 'sentby/fastify']) {
    const required = node('-e', `console.log(JSON.stringify(Object.keys(require('${entry}')).sort()))`)
    const imported = node('--input-type=module', '-e', `import * as all from '${entry}'; console.log(JSON.stringify(Object.keys(all).filter((name) => name !== 'default').sort()))`)
    const own = (names) => JSON.parse(names).filter((name) => !name.startsWith('__'))
    assert.deepEqual(own(imported), own(required), entry)
  }
  assert.ok(node('--input-type=module', '-e', "console.log(import.meta.resolve('sentby/browser'))").endsWith('browser.js\n'))
})

test('it runs in worker threads, in several at once', async () => {
  const code = `
    const { parentPort } = require('node:worker_threads')
    const { read } = require('${join(project, 'node_modules/sentby')}')
    let found = 0
    for (let n = 0; n < 2000; n++) found += read('https://www.copecart.com/products/p' + n + '/p/anna/').referral.affiliate === 'anna'
    parentPort.postMessage(found)`
  const counts = await Promise.all(Array.from({ length: 8 }, () => new Promise((resolve, reject) => {
    new Worker(code, { eval: true }).on('message', resolve).on('error', reject)
  })))
  assert.deepEqual(counts, Array(8).fill(2000))
})
