import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { bundleFiles } from '../lib/functions/bundle.ts'
import { functionFiles } from '../lib/functions/function-files.ts'
import { notices } from './notices.ts'

/**
 * `npm pack` and `npm publish` run this before they pack `@groundcrew/cdk`: it rebuilds `dist/`. That is one
 * JavaScript file with everything except the CDK; the declarations of its public types; each function,
 * bundled. Its users need neither esbuild nor TypeScript, nor any of our packages.
 */
const here = import.meta.dirname
const root = join(here, '..')
const dist = join(here, 'dist')

/** CommonJS, like the CDK: apps of either module kind can load it. */
const compile = async (): Promise<readonly string[]> => {
  const { metafile } = await build({
    entryPoints: [join(root, 'lib/index.ts')],
    outfile: join(dist, 'index.js'),
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // Must be the app's copy: constructs recognize each other by their class.
    external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'],
    define: { 'import.meta.dirname': '__dirname', 'import.meta.url': '__filename' },
    plugins: [
      {
        name: 'prebuilt',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/bundle\.ts$/ }, () => ({ path: join(here, 'prebuilt.ts') })),
      },
    ],
    metafile: true,
    legalComments: 'none',
    logLevel: 'error',
  })
  return Object.keys(metafile.inputs)
}

/** The functions for S3, and for other providers those that differ. */
const bundleFunctions = (): void => {
  const functions = join(root, 'lambdas/functions')
  const into = (provider: string) => join(dist, 'functions', provider)
  const read = (provider: string, file: string) => readFileSync(join(into(provider), file, 'index.mjs'))
  for (const provider of ['aws', 'minio', 'ali'] as const) {
    bundleFiles(functionFiles, functions, into(provider), { provider })
    if (provider === 'aws') continue
    for (const file of functionFiles)
      if (read(provider, file).equals(read('aws', file)))
        rmSync(join(into(provider), file), { recursive: true })
  }
}

const imported = /from '([^']+)'|import\("([^"]+)"\)/g

/** The declarations that `file` reaches; the compiler's other output of `lib/` is not published. */
const reached = (file: string, found = new Set<string>()): Set<string> => {
  if (found.has(file)) return found
  found.add(file)
  for (const [, one = '', other = ''] of readFileSync(file, 'utf8').matchAll(imported)) {
    const target = one || other
    if (target.startsWith('.')) reached(resolve(dirname(file), target.replace(/\.(ts|js)$/, '.d.ts')), found)
    else if (!/^(aws-cdk-lib|constructs)(\/|$)/.test(target))
      throw new Error(`${file} shows types of ${target}, which whoever installs the package does not have`)
  }
  return found
}

const declare = (): void => {
  const made = mkdtempSync(join(tmpdir(), 'groundcrew-types-'))
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [tsc, '-p', join(here, 'tsconfig.build.json'), '--outDir', made], {
      stdio: 'inherit',
    })
    const entry = join(made, 'lib/index.d.ts')
    for (const file of reached(entry)) {
      const target = join(dist, 'types', relative(made, file))
      mkdirSync(dirname(target), { recursive: true })
      copyFileSync(file, target)
    }
    writeFileSync(join(dist, 'index.d.ts'), "export * from './types/lib/index.js'\n")
  } finally {
    rmSync(made, { recursive: true })
  }
}

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
const sources = await compile()
bundleFunctions()
declare()
// Most CDK apps are CommonJS; ES modules can load it too.
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n')
writeFileSync(join(dist, 'NOTICES.txt'), notices(root, sources))
copyFileSync(join(root, 'LICENSE'), join(here, 'LICENSE'))
if (!existsSync(join(dist, 'functions/aws/api/read-records/index.mjs')))
  throw new Error('The functions are not there')
