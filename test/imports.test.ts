import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { importsOf, reachedFrom, root, sourcesIn } from './support/imports.ts'

/**
 * The rooms of `lambdas/`, and which others each may know. The first ones serve all; `functions/` puts them
 * together and is known to none. A dock's view shows its uploads, and uploads need the dock they are of: of
 * `docks/` they know what it keeps alone.
 */
const rooms: Record<string, RegExp> = {
  runtime: /^$/,
  // A change of an item is told under one of the names of events, which are text and no more.
  table: /^runtime\/|^events\/event-types\.ts$/,
  queue: /^runtime\//,
  sweeps: /^(runtime|table)\//,
  http: /^(runtime|table)\//,
  // Each room declares its own routes and shapes; here they are put together, and so are the documents of all.
  contract: /^http\/|^events\/event-types\.ts$|\/(routes|shapes)\.ts$/,
  rejected: /^(runtime|table|queue|http)\//,
  storage: /^(runtime|http)\//,
  presence: /^(runtime|table|queue|sweeps|http|rejected)\//,
  // Whoever looks at a dock sees whether it is being debugged; of what else that takes nobody need know.
  docks: /^(runtime|table|http|logs|presence)\/|^debugging\/(session|store)\.ts$/,
  alarms: /^(runtime|table|queue|sweeps|http|rejected)\/|^docks\/(machines|store|removed|shapes)\.ts$/,
  debugging:
    /^(runtime|table|queue|sweeps|http|rejected|presence|upgrades)\/|^docks\/(machines|store|shapes)\.ts$/,
  logs: /^(runtime|table|queue|sweeps|http|rejected|storage|presence)\/|^docks\/(store|removed|unregistered|shapes)\.ts$/,
  // It reads what is so at a dock, and has it done as operators do.
  collections:
    /^(runtime|table|sweeps|http|logs|presence|debugging|docks)\/|^storage\/credentials\/provider\.ts$|^upgrades\/(docks\/offer|store)\.ts$/,
  organizations: /^(runtime|table|queue|http|rejected)\/|^docks\/shapes\.ts$/,
  accounts: /^(runtime|table|http)\/|^docks\/(store|shapes)\.ts$/,
  packages: /^(runtime|table|sweeps|http|storage)\//,
  upgrades: /^(runtime|table|queue|sweeps|http|rejected|packages)\//,
  campaigns: /^(runtime|table|sweeps|http|upgrades|packages)\//,
  // It counts what all of these keep.
  overview:
    /^(runtime|table|http|presence)\/|^logs\/(store|upload-states)\.ts$|^campaigns\/store\.ts$|^upgrades\/ends-by-day\.ts$/,
  webhooks: /^(runtime|table|sweeps|http)\/|^events\/event-types\.ts$/,
  // Each room says what of its changes is told; here it is put together.
  events: /^(runtime|table)\/|\/changes\.ts$/,
  functions: /^/,
}

/**
 * Imports point one way, so that a reader of one folder need not know the others: what a folder may import of
 * ours, besides itself.
 */
const allowed: Record<string, RegExp> = {
  protocols: /^$/,
  lambdas: /^protocols\//,
  // Plain data only: `lib` must describe the functions without running them.
  lib: /^(lambdas\/(http\/route|contract\/(routes|openapi|asyncapi|read-documents)|triggers|env|storage\/(probe-key|package-key|plain-objects)|table\/schema|events\/names)|protocols\/[\w-]+\/topics)\.ts$/,
  // Runs what was synthesized, so it imports no handler.
  local: /^lib\/(synthesize|made-once)\.ts$/,
  simulator: /^protocols\//,
  edge: /^protocols\//,
  // What the rules would have handed on, how a person may see a message, and what is told of changes.
  redrive:
    /^lambdas\/(triggers|rejected\/sample|events\/(bus|names|sources|publish-changes)|table\/(pages|schema))\.ts$/,
  // Pure, and the same for what is taken in and what is shown.
  console: /^(client\/[\w-]+|protocols\/invisible|lambdas\/events\/event-types)\.ts$/,
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

  for (const [room, others] of Object.entries(rooms)) {
    test(`of lambdas/${room}/ stay in the room or point to what it may know`, () => {
      const strays = sourcesIn(`lambdas/${room}`).flatMap((file) =>
        importsOf(file)
          .flatMap((target) => (target.startsWith('lambdas/') ? target.slice('lambdas/'.length) : []))
          .filter((target) => target.includes('/') && !target.startsWith(`${room}/`) && !others.test(target))
          .map((target) => `${file} imports ${target}`),
      )
      assert.deepEqual(strays, [])
    })
  }

  test('of lambdas/ know every room', () => {
    const found = sourcesIn('lambdas').map((file) => file.split('/')[1] ?? '')
    assert.deepEqual(new Set(found.filter((name) => !name.includes('.'))), new Set(Object.keys(rooms)))
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
