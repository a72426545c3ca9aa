import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import * as z from 'zod'
import { root } from './imports.ts'

/**
 * Our packages as others get them: packed, and installed in an empty folder outside of the tree. Their
 * dependencies are packed, too, from what this tree has installed, so that no registry is asked.
 */

const run = promisify(execFile)

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()).default({}) })

/** The folder and those of all that it depends on. */
const withDependencies = (folder: string, found = new Set<string>()): Set<string> => {
  if (found.has(folder)) return found
  found.add(folder)
  const { dependencies } = Manifest.parse(
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
  )
  for (const name of Object.keys(dependencies)) withDependencies(join('node_modules', name), found)
  return found
}

const Packed = z.array(z.object({ filename: z.string() }))

/** A folder in which these folders of ours are installed, and what Node says of a program that runs there. */
export const installed = async (t: TestContext, folders: readonly string[]) => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-packed-'))
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
  const all = [...folders.reduce((found, folder) => withDependencies(folder, found), new Set<string>())]
  const sources = all.map((folder) => `./${folder}`)
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory, ...sources], {
    cwd: root,
  })
  // What `prepack` says comes before.
  const packed = Packed.parse(JSON.parse(stdout.slice(stdout.indexOf('[\n'))))
  assert.equal(packed.length, all.length)
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  const tarballs = packed.map(({ filename }) => `./${filename}`)
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], {
    cwd: directory,
  })
  return {
    directory,
    /** What it prints. */
    node: async (script: string, env: Record<string, string> = {}) => {
      const options = { cwd: directory, env: { ...process.env, ...env } }
      return (await run(process.execPath, ['--input-type=module', '--eval', script], options)).stdout
    },
  }
}
