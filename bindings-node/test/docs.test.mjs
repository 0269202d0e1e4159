// The guides for Node, as they are written: all JavaScript of a page, in its order, as one module; a failed `console.assert` is an error.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const FOLDER = new URL('.docs/', import.meta.url)

for (const [page, least] of [['checkout', 5], ['webinars', 6]]) {
  test(`docs/${page}.md runs`, async () => {
    const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8')
    const blocks = [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code)
    assert.ok(blocks.length >= least, `${blocks.length} blocks`)
    mkdirSync(FOLDER, { recursive: true })
    const file = new URL(`${page}.mjs`, FOLDER)
    writeFileSync(file, `console.assert = (is, text) => { if (!is) throw new Error(text ?? 'an assertion of the page fails') }\n${blocks.join('\n')}`)
    const { stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(file)])
    assert.equal(stderr, '')
    rmSync(FOLDER, { recursive: true })
  })
}
