import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

test('the example in the README prints what all languages print', () => {
  const printed = execFileSync(process.execPath, [fileURLToPath(new URL('readme.mjs', import.meta.url))], { cwd: ROOT, encoding: 'utf8' })
  assert.equal(printed, readFileSync(`${ROOT}examples/story/expected.txt`, 'utf8'))
})
