import { builtConsole } from '../lib/console/console-bundle.ts'
import { WrongOptions } from '../lib/options/wrong-options.ts'
import { synthesize } from '../lib/synthesize.ts'

/** The CDK app: `npx cdk synth` and `npx cdk deploy --all` start it, as `cdk.json` says. */
const consoleFiles = await builtConsole()
try {
  synthesize({ outdir: process.env.CDK_OUTDIR ?? 'cdk.out', consoleFiles, validate: true })
} catch (error) {
  if (!(error instanceof WrongOptions)) throw error
  console.error(error.message)
  process.exitCode = 1
}
