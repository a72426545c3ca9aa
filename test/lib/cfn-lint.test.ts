import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, suite, test } from 'node:test'
import * as z from 'zod'
import { optionNames } from '../../lib/options.ts'
import { optionSets, writeStacks } from './stacks.ts'

/**
 * Where `.ci/run` puts it: CloudFormation's schemas of each region, and what its functions may be nested in.
 */
const cfnLint = join(import.meta.dirname, '../../.tools/bin/cfn-lint')
const skip = existsSync(cfnLint)
  ? false
  : 'cfn-lint is not installed in .tools/, as .ci/run does: not checked'

const Findings = z.array(
  z.object({
    Level: z.string(),
    Filename: z.string(),
    Message: z.string(),
    Rule: z.object({ Id: z.string() }),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullish() }),
  }),
)

/** cfn-lint's exit status tells what it found; its output tells more. */
const lint = async (region: string, paths: readonly string[]) => {
  const text = await new Promise<string>((resolve, reject) => {
    const args = ['--format', 'json', '--regions', region, '--', ...paths]
    execFile(cfnLint, args, { maxBuffer: 64e6 }, (error, stdout, stderr) => {
      if (stdout === '' || typeof error?.code === 'string')
        reject(new Error(`cfn-lint: ${stderr || error?.message}`))
      else resolve(stdout)
    })
  })
  return Findings.parse(JSON.parse(text))
}

/**
 * GovCloud has no CloudFront, China neither user pools nor CloudFront's functions: docs/deploy.md says what
 * to leave out there.
 */
const places: { region: string; fits: (context: Record<string, unknown>) => boolean }[] = [
  { region: 'eu-central-1', fits: () => true },
  { region: 'us-gov-west-1', fits: (context) => context.console === 'off' },
  {
    region: 'cn-north-1',
    fits: (context) => context.console === 'off' && context.oidcIssuer !== undefined,
  },
]

const scratch = mkdtempSync(join(tmpdir(), 'groundcrew-cfn-lint-'))
after(() => rmSync(scratch, { recursive: true }))

suite('The templates of every set of options', () => {
  test('together take every option', () => {
    const taken = new Set(Object.values(optionSets).flatMap((context) => Object.keys(context)))
    assert.deepEqual(
      optionNames.filter((name) => !taken.has(name)),
      [],
    )
  })

  for (const { region, fits } of places)
    for (const [name, context] of Object.entries(optionSets).filter(([, one]) => fits(one)))
      test(`have no error that cfn-lint finds, in ${region} with ${name}`, { skip }, async () => {
        const errors = (
          await lint(region, writeStacks(context, mkdtempSync(join(scratch, 'stacks-'))))
        ).filter(({ Level }) => Level === 'Error')
        assert.deepEqual(
          errors.map(
            ({ Filename, Rule, Message, Location }) =>
              `${basename(Filename)}: ${Rule.Id} ${Message} ${Location.Path?.join('/')}`,
          ),
          [],
        )
      })
})
