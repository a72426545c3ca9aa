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
import { bundleFiles } from '../lib/bundle.ts'
import { functionFiles } from '../lib/function-files.ts'
import { notices } from './notices.ts'

/**
 * What `npm pack` and `npm publish` run before they take the files of `@groundcrew/cdk`: makes `dist/` anew. One file of
 * JavaScript, with all but the CDK in it; the declarations of what it shows; each function, bundled. Whoever installs it needs
 * neither esbuild nor TypeScript, nor any package of ours.
 */
const here = import.meta.dirname
const root = join(here, '..')
const dist = join(here, 'dist')

/** CommonJS: the CDK is, and apps of either kind can load it. */
const compile = async (): Promise<readonly string[]> => {
  const { metafile } = await build({
    entryPoints: [join(root, 'lib/index.ts')],
    outfile: join(dist, 'index.js'),
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // The same copy as the app's: constructs know each other by their class.
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

/** The functions for S3, and for another provider those that differ. */
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

/** The declarations that are reached from `file`; what else the compiler makes of `lib/` is nobody's matter. */
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
// The CDK's apps are mostly CommonJS; those that are not can load it too.
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n')
writeFileSync(join(dist, 'NOTICES.txt'), notices(root, sources))
copyFileSync(join(root, 'LICENSE'), join(here, 'LICENSE'))
if (!existsSync(join(dist, 'functions/aws/api/read-records/index.mjs')))
  throw new Error('The functions are not there')
