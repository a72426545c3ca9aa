import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { suite, test } from 'node:test'

/**
 * Imports point one way, so that a reader of one folder need not know the others: what a folder may import of ours,
 * besides itself.
 */
const allowed: Record<string, RegExp> = {
  protocols: /^$/,
  lambdas: /^protocols\//,
  // Plain data only: `lib` must describe the functions without running them.
  lib: /^(lambdas\/(routes|triggers|env|storage-probe|plain-objects|store\/table)|protocols\/[\w-]+\/topics)\.ts$/,
  // Runs what was synthesized, so it imports no handler.
  local: /^lib\/synthesize\.ts$/,
  simulator: /^protocols\//,
  edge: /^protocols\//,
  // What the rules would have handed on, and how a person may see a message.
  redrive: /^lambdas\/(triggers|sample)\.ts$/,
  // Pure, and the same for what is taken in and what is shown.
  console: /^protocols\/invisible\.ts$/,
  bin: /^(lib|local|simulator|edge|redrive)\//,
}

const root = join(import.meta.dirname, '..')

/** Static and dynamic imports and re-exports of relative paths, as seen from the root. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    ([, path = '']) => relative(root, join(root, dirname(file), path)),
  )

const sourcesIn = (folder: string): string[] =>
  globSync('**/*.{ts,tsx,js,mjs}', { cwd: join(root, folder) }).map((name) => join(folder, name))

suite('Imports', () => {
  for (const [folder, others] of Object.entries(allowed)) {
    test(`of ${folder}/ stay in the folder or point to what it may know`, () => {
      const strays = sourcesIn(folder).flatMap((file) =>
        importsOf(file)
          .filter((target) => !target.startsWith(`${folder}/`) && !others.test(target))
          .map((target) => `${file} imports ${target}`),
      )
      assert.deepEqual(strays, [])
    })
  }

  test('name files that exist, so that none is overlooked', () => {
    const missing = Object.keys(allowed)
      .flatMap(sourcesIn)
      .flatMap((file) => importsOf(file).filter((target) => !existsSync(join(root, target))))
    assert.deepEqual(missing, [])
  })

  test('of the packages that only the build needs are not in the functions', () => {
    const strays = [...sourcesIn('lambdas'), ...sourcesIn('protocols')].filter((file) =>
      /from '(aws-cdk-lib|constructs|esbuild|cdk-nag|aedes|dynalite|mqtt)/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    )
    assert.deepEqual(strays, [])
  })
})
