import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, suite, test } from 'node:test'
import * as z from 'zod'
import { optionNames } from '../../lib/options/options.ts'
import { isLong } from '../support/long-form.ts'
import { newsOf } from './news.ts'
import { checkedSets, optionSets, stacksOf, templatesOf } from './stacks.ts'

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
const lint = async (regions: readonly string[], paths: readonly string[]) => {
  const text = await new Promise<string>((resolve, reject) => {
    const args = ['--format', 'json', '--regions', ...regions, '--', ...paths]
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
const regionsFor = (context: Record<string, unknown>): string[] => [
  'eu-central-1',
  ...(context.console === 'off' ? ['us-gov-west-1'] : []),
  ...(context.console === 'off' && context.oidcIssuer !== undefined ? ['cn-north-1'] : []),
]

const scratch = mkdtempSync(join(tmpdir(), 'groundcrew-cfn-lint-'))
after(() => rmSync(scratch, { recursive: true }))

/** By their regions, most first: what comes later is asked for nowhere else. */
const groups = Object.entries(
  Object.groupBy(Object.entries(checkedSets), ([, context]) => regionsFor(context).join(' ')),
)
  .map(([regions, sets = []]) => ({ regions: regions.split(' '), sets }))
  .toSorted((a, b) => b.regions.length - a.regions.length)

/** The paths of two levels of properties, without places in lists. */
const pathsIn = (value: unknown, at: string, depth = 2): string[] =>
  typeof value === 'object' && value !== null && depth > 0
    ? Object.entries(value).flatMap(([key, inner]) => {
        const path = Array.isArray(value) ? at : `${at}.${key}`
        return [path, ...pathsIn(inner, path, depth - 1)]
      })
    : []

suite('The templates of every set of options', () => {
  test('together take every option', () => {
    const taken = new Set(Object.values(optionSets).flatMap((context) => Object.keys(context)))
    assert.deepEqual(
      optionNames.filter((name) => !taken.has(name)),
      [],
    )
  })

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  test('are within what CloudFormation takes', () => {
    for (const [name, context] of Object.entries(optionSets))
      for (const stack of stacksOf(context)) {
        assert.ok(Object.keys(stack.Resources).length <= 500, name)
        assert.ok(Object.keys(stack.Outputs).length <= 200, name)
        assert.ok(JSON.stringify(stack).length <= 1_000_000, name)
      }
  })

  test('have no property of any kind of resource that the checked ones do not have', () => {
    const propertiesOf = (sets: typeof optionSets) =>
      Object.values(sets).flatMap((context) =>
        stacksOf(context).flatMap(({ Resources }) =>
          Object.values(Resources).flatMap(({ Type, Properties }) => [Type, ...pathsIn(Properties, Type)]),
        ),
      )
    const checked = new Set(propertiesOf(checkedSets))
    assert.deepEqual(
      propertiesOf(optionSets).filter((path) => !checked.has(path)),
      [],
    )
  })

  // With all sets of options, the stacks that are for these regions are linted for them as a whole.
  test('have no kind of resource that the regions for them lack', { skip: skip || isLong }, async () => {
    for (const [regions, context] of [
      [['us-gov-west-1'], optionSets['nothing that watches, and no console']],
      [['us-gov-west-1', 'cn-north-1'], optionSets['an issuer of one’s own, no console, and MinIO']],
    ] as const) {
      const types = stacksOf(context).flatMap(({ Resources }) =>
        Object.values(Resources).map(({ Type }) => Type),
      )
      const path = join(scratch, `kinds in ${regions.join(' and ')}.json`)
      const Resources = Object.fromEntries([...new Set(types)].map((Type, n) => [`R${n}`, { Type }]))
      writeFileSync(path, JSON.stringify({ Resources }))
      const found = await lint(regions, [path])
      // That properties are missing is what it finds besides.
      assert.deepEqual(
        found.filter(({ Rule }) => Rule.Id === 'E3006').map(({ Message }) => Message),
        [],
      )
    }
  })

  const news = newsOf()
  for (const { regions, sets } of groups) {
    const names = sets.map(([name]) => name).join('; ')
    test(`have no error that cfn-lint finds, in ${regions.join(', ')} with ${names}`, { skip }, async () => {
      const paths = sets.flatMap(([name, context]) =>
        templatesOf(context).flatMap((template, n) => {
          const left = news(template)
          const path = join(scratch, `${n === 0 ? 'backend' : 'console'} with ${name}.json`)
          if (left) writeFileSync(path, JSON.stringify(left, null, 1))
          return left ? [path] : []
        }),
      )
      const errors = (await lint(regions, paths)).filter(({ Level }) => Level === 'Error')
      assert.deepEqual(
        errors.map(
          ({ Filename, Rule, Message, Location }) =>
            `${basename(Filename)}: ${Rule.Id} ${Message} ${Location.Path?.join('/')}`,
        ),
        [],
      )
    })
  }

  test('are linted where they differ from earlier ones, with everything that refers to', () => {
    const made = (...properties: object[]) => ({
      Resources: Object.fromEntries(properties.map((one, n) => [`R${n}`, one])),
      Outputs: { O: { Value: { Ref: 'R1' } } },
    })
    const [a, b, c] = [{ Ref: 'R1' }, { 'Fn::GetAtt': ['R2', 'Arn'] }, { Type: 'C' }]
    const left = newsOf()
    assert.deepEqual(left(made(a, b, c)), made(a, b, c))
    assert.equal(left(made(a, b, c)), undefined)
    assert.deepEqual(left(made({ ...a, more: 1 }, b, c, { Type: 'D' })), {
      ...made({ ...a, more: 1 }, b, c, { Type: 'D' }),
      Outputs: {},
    })
    assert.deepEqual(left(made(a, { ...b, more: 1 }, c)), {
      Resources: { R1: { ...b, more: 1 }, R2: c },
      Outputs: {},
    })
  })
})
