import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Stack, Stage } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import type { IConstruct } from 'constructs'
import { buildSync } from 'esbuild'
import { madeOnce } from '../made-once.ts'
import { type Options, options } from '../options/options.ts'
import { documentsWith, writeDocuments } from './documents.ts'
import { functionFiles } from './function-files.ts'
import { sourceMapsFolder } from './stack-places.ts'

/** One function's code: the deployed folder, and the size of the file in it. */
export type Bundle = { directory: string; bytes: number }

/**
 * The apparent output folder: names in source maps are relative to it, and so the same wherever the bundles
 * are written.
 */
const outdir = join(import.meta.dirname, '../..')
const functions = join(outdir, 'lambdas', 'functions')

/**
 * The SDK imports these at run time if the environment has no credentials. In Lambda it always has.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const unusedCredentials = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
]

/**
 * Alibaba's SDKs are CommonJS, and load Node's own modules with `require`, which an ES module does not have.
 */
const requireForCommonJs =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

export type BundleSettings = {
  /** @default aws */
  provider?: Options['provider']
  /** The folder for source maps, `{file}.mjs.map`; `inline`: in the code. @default none */
  sourceMaps?: 'inline' | { into: string }
}

/**
 * Bundles TypeScript files, each with all its imports, into one folder each under `into`. The same sources
 * give the same bytes, so a function is deployed again only if its code has changed.
 *
 * - ES modules with `mainFields: module,main`: half the start-up time of CommonJS, and two thirds of the
 *   size.
 * - The AWS SDK is included: the copy that Lambda provides is older, and slower because it loads from many
 *   files. https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
 * - Minified: readable names would add two thirds.
 * - Source maps are not deployed unless requested: in the code they would triple its size.
 * - Without the credential providers that Lambda never uses: a fifth of the size.
 * - Only with the chosen storage provider's code: the condition with which `package.json` resolves the
 *   imports `#credential-provider` and `#archives`.
 */
export const bundleFiles = (
  files: readonly string[],
  from: string,
  into: string,
  { provider = 'aws', sourceMaps }: BundleSettings = {},
): Map<string, Bundle> => {
  const { outputFiles } = buildSync({
    absWorkingDir: from,
    entryPoints: files.map((file) => ({ in: `${file}.ts`, out: join(file, 'index') })),
    outdir,
    write: false,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    // esbuild drops its default condition `module` if any condition is given.
    conditions: ['module', provider],
    ...(provider === 'ali' ? { banner: { js: requireForCommonJs } } : {}),
    minify: true,
    ...(sourceMaps ? { sourcemap: sourceMaps === 'inline' ? sourceMaps : 'external' } : {}),
    // Stack traces need only positions; the source lines are in the repository.
    sourcesContent: false,
    external: [...unusedCredentials],
    legalComments: 'none',
    logLevel: 'error',
  })
  const outputs = new Map(outputFiles.map(({ path, contents }) => [path, contents]))
  const write = (output: string, path: string): number => {
    const contents = outputs.get(join(outdir, output)) ?? new Uint8Array()
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
    return contents.length
  }
  return new Map(
    files.map((file) => {
      const directory = join(into, file)
      const bytes = write(join(file, 'index.mjs'), join(directory, 'index.mjs'))
      if (typeof sourceMaps === 'object')
        write(join(file, 'index.mjs.map'), join(sourceMaps.into, `${file}.mjs.map`))
      return [file, { directory, bytes }]
    }),
  )
}

/** Bundles all functions at once: it is fast because the SDK is parsed once. */
const bundleAll = (out: string, { provider, sourceMaps }: Options): void => {
  const into = join(out, 'bundles')
  const maps = sourceMaps === 'on' ? 'inline' : { into: join(out, sourceMapsFolder) }
  bundleFiles(functionFiles, functions, into, { provider, sourceMaps: maps })
  writeDocuments(join(into, documentsWith))
}

const sharedFolders = new WeakMap<IConstruct, string>()

/**
 * Has the app take its bundles from a folder that several syntheses of the same sources share: no other
 * options than `provider` and `sourceMaps` change them. The first synthesis that needs them makes them.
 */
export const shareBundles = (app: IConstruct, folder: string): void => void sharedFolders.set(app, folder)

/** Answers the folder that has the bundles. */
const takeShared = (folder: string, out: string, chosen: Options): string => {
  const place = madeOnce(join(folder, `${chosen.provider}-${chosen.sourceMaps}`), (building) =>
    bundleAll(building, chosen),
  )
  const maps = join(place, sourceMapsFolder)
  if (existsSync(maps)) symlinkSync(maps, join(out, sourceMapsFolder))
  return join(place, 'bundles')
}

const bundlesOf = new WeakMap<IConstruct, string>()

/** The folder with all functions' bundles, made when the first one is requested. */
const bundlesFor = (app: IConstruct, out: string): string => {
  const known = bundlesOf.get(app)
  if (known) return known
  const shared = sharedFolders.get(app)
  if (!shared) bundleAll(out, options(app))
  const bundles = shared ? takeShared(shared, out, options(app)) : join(out, 'bundles')
  bundlesOf.set(app, bundles)
  return bundles
}

/** A placeholder for the code where only the template matters. */
const noCode = (out: string): string => {
  const directory = join(out, 'bundles', 'none')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'index.mjs'), 'export const handler = () => {}\n')
  return directory
}

/**
 * The code of the function in `lambdas/functions/${file}.ts`. With the CDK's context
 * `aws:cdk:bundling-stacks: []` nothing is bundled, which makes template tests fast.
 * @throws Error if no trigger starts the file
 */
export const codeOf = (scope: IConstruct, file: string): Code => {
  const out = resolve(Stage.of(scope)?.outdir ?? 'cdk.out')
  if (!Stack.of(scope).bundlingRequired) return Code.fromAsset(noCode(out))
  if (!functionFiles.includes(file)) throw new Error(`No trigger starts lambdas/functions/${file}.ts`)
  return Code.fromAsset(join(bundlesFor(scope.node.root, out), file))
}
