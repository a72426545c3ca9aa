import { synthesize } from '../lib/synthesize.ts'

/** The CDK app: `npx cdk synth` and `npx cdk deploy` start it, as `cdk.json` says. */
synthesize({ outdir: process.env.CDK_OUTDIR ?? 'cdk.out', validate: true })
