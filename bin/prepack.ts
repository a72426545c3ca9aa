import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import * as z from 'zod'

/**
 * `npm pack` and `npm publish` run this in the folder of a package: it rebuilds `dist/` from scratch, so that
 * no outdated file stays, and adds the licence. A library is compiled file by file, with its types. A program
 * becomes one file without dependencies, which `npx` downloads quickly; the licences of its contents are
 * included.
 */
const root = join(import.meta.dirname, '..')
const out = 'dist'

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  bin: z.record(z.string(), z.string()).optional(),
})
const manifestIn = (folder: string) =>
  Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))

const compile = (): void => {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
}

/** The folder of a file's package; undefined for our own files. */
const packageOf = (file: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(relative(root, join(process.cwd(), file)))?.[0]

const noticeOf = (folder: string): string => {
  const { name, version, license } = manifestIn(join(root, folder))
  const texts = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|notice)\b/i.test(file))
  const licences = texts.map((file) => readFileSync(join(root, folder, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...licences].join('\n\n')
}

/** https://esbuild.github.io/api/#metafile */
const bundle = async (entry: string): Promise<void> => {
  const { metafile } = await build({
    entryPoints: [entry],
    outdir: out,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    metafile: true,
    logLevel: 'error',
    // Some bundled packages are CommonJS, and require Node's modules.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'\nconst require = createRequireOfBundle(import.meta.url)",
    },
  })
  const used = new Set(Object.keys(metafile.inputs).flatMap((file) => packageOf(file) ?? []))
  const rule = `\n\n${'-'.repeat(78)}\n\n`
  writeFileSync(join(out, 'THIRD-PARTY-NOTICES'), `${[...used].sort().map(noticeOf).join(rule)}\n`)
}

rmSync(out, { recursive: true, force: true })
const { bin } = manifestIn('.')
const programs = Object.keys(bin ?? {})
if (programs.length === 0) compile()
for (const name of programs) await bundle(`${name}.ts`)
copyFileSync(join(root, 'LICENSE'), 'LICENSE')
if (!existsSync(out)) throw new Error('Nothing was made')
