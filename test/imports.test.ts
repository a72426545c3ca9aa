import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { importsOf, reachedFrom, root, sourcesIn } from './support/imports.ts'

/**
 * The rooms of `lambdas/`, in layers: a room imports rooms of the layers before its own only, so that each can be
 * read without those after it. The picture in docs/architecture.md has each import.
 */
const layers = [
  ['runtime'],
  ['queue', 'table'],
  ['changes', 'http', 'registry', 'sweeps'],
  ['accounts', 'rejected', 'storage', 'webhooks'],
  ['organizations', 'packages', 'presence'],
  ['logs', 'upgrades'],
  ['campaigns', 'debugging'],
  ['docks', 'overview'],
  ['alarms', 'collections'],
  // The routes, shapes and changes of all rooms.
  ['contract', 'events'],
  ['functions'],
]

const layerOf = (room: string): number => layers.findIndex((rooms) => rooms.includes(room))

/**
 * Imports point one way, so that a reader of one folder need not know the others: what a folder may import of
 * ours, besides itself.
 */
const allowed: Record<string, RegExp> = {
  protocols: /^$/,
  lambdas: /^protocols\//,
  // Plain data only: `lib` must describe the functions without running them.
  lib: /^(lambdas\/(http\/route|contract\/(routes|openapi|asyncapi|read-documents)|triggers|runtime\/env|storage\/(probe-key|package-key|readable-objects)|table\/schema|events\/names)|protocols\/[\w-]+\/topics)\.ts$/,
  // Runs what was synthesized, so it imports no handler.
  local: /^lib\/(synthesize|made-once)\.ts$/,
  simulator: /^protocols\//,
  edge: /^protocols\//,
  // What the rules would have handed on, how a person may see a message, and what is told of changes.
  redrive:
    /^lambdas\/(triggers|rejected\/sample|events\/(bus|names|sources|publish-changes)|table\/(pages|schema))\.ts$/,
  // Pure, and the same for what is taken in and what is shown.
  console: /^(client\/[\w-]+|protocols\/invisible|lambdas\/changes\/event-types)\.ts$/,
  // Goes to others as it is: it knows the API by its document alone.
  client: /^$/,
  // What is packed as one file. Of us it knows the API, and how dead letters are put back.
  cli: /^(client\/[\w-]+|protocols\/invisible|redrive\/[\w-]+)\.ts$/,
  // Reads the Markdown files, and no source.
  site: /^$/,
  bin: /^(lib|local|simulator|edge|redrive|site)\//,
}

/** What every room knows, and what knows every room: the picture leaves them out. */
const ground = new Set(['runtime', 'table', 'contract', 'functions'])

/** A folder of a folder, or a file beside such folders: `console/docks`, `console/routes.tsx`. */
const partOf = (path: string): string => path.split('/').slice(0, 2).join('/')

/** The parts that reach themselves through what they import. */
const inCircles = (imports: ReadonlyMap<string, ReadonlySet<string>>): string[] => {
  const reached = (from: string, found: Set<string>): Set<string> => {
    for (const to of imports.get(from) ?? []) if (!found.has(to)) reached(to, found.add(to))
    return found
  }
  return [...imports.keys()].filter((part) => reached(part, new Set()).has(part))
}

const roomOf = (path: string): string | undefined => /^lambdas\/(\w+)\//.exec(path)?.[1]

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

  test('of lambdas/ point from a room to rooms of the layers before it', () => {
    const strays = sourcesIn('lambdas').flatMap((file) =>
      importsOf(file).flatMap((target) => {
        const [from, to] = [roomOf(file), roomOf(target)]
        return from && to && from !== to && layerOf(to) >= layerOf(from) ? [`${file} imports ${target}`] : []
      }),
    )
    assert.deepEqual(strays, [])
  })

  test('of lambdas/ know every room', () => {
    const found = sourcesIn('lambdas').flatMap((file) => roomOf(file) ?? [])
    assert.deepEqual(new Set(found), new Set(layers.flat()))
  })

  test('of rooms are those of the picture in docs/architecture.md', () => {
    const found = sourcesIn('lambdas').flatMap((file) =>
      importsOf(file)
        .map((target) => [roomOf(file), roomOf(target)] as const)
        .filter(([from, to]) => from && to && from !== to && !ground.has(from) && !ground.has(to))
        .map(([from, to]) => `${from} --> ${to}`),
    )
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    assert.deepEqual(new Set(text.match(/\w+ --> \w+/g)), new Set(found))
  })

  test('between the folders of a folder go in no circle', () => {
    const imports = new Map<string, Set<string>>()
    for (const file of Object.keys(allowed).flatMap(sourcesIn))
      for (const target of importsOf(file)) {
        const [from, to] = [partOf(file), partOf(target)]
        if (from !== to) imports.set(from, (imports.get(from) ?? new Set()).add(to))
      }
    assert.deepEqual(inCircles(imports), [])
  })

  test('go in no circle, not even those of types', () => {
    const files = Object.keys(allowed).flatMap(sourcesIn)
    const circles = files.filter((file) => reachedFrom(importsOf(file)).has(file))
    assert.deepEqual(circles, [])
  })

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
