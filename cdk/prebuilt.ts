import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Code } from 'aws-cdk-lib/aws-lambda'
import type { IConstruct } from 'constructs'
import { options } from '../lib/options/options.ts'

/**
 * Replaces `lib/functions/bundle.ts` in the package: the functions are already bundled, once per storage provider if
 * they differ.
 */
const folder = join(import.meta.dirname, 'functions')

/** The code of the function in `lambdas/functions/${file}.ts`. */
export const codeOf = (scope: IConstruct, file: string): Code => {
  const own = join(folder, options(scope).provider, file)
  return Code.fromAsset(existsSync(own) ? own : join(folder, 'aws', file))
}
