import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { everything, template } from './backend.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8')

/** What stands between a heading of that level and the next one like it. */
const sections = (within: string, level: string): Map<string, string> =>
  new Map(
    within
      .split(new RegExp(`^${level} `, 'm'))
      .slice(1)
      .map((section): [string, string] => {
        const [heading = '', ...rest] = section.split('\n')
        return [heading, rest.join('\n')]
      }),
  )

const entries = sections(sections(text, '##').get('Alarms') ?? '', '###')

const resources = Object.entries(template(everything).Resources)
const alarms = resources
  .map(([, resource]) => resource)
  .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
  .map(({ Properties }) => String(Properties?.AlarmName).split('-')[1] ?? '')

suite('The runbook', () => {
  test('has an entry for each alarm, and none for another', () => {
    assert.ok(alarms.length > 0)
    assert.deepEqual([...entries.keys()].sort(), [...new Set(alarms)].sort())
  })

  for (const [name, entry] of entries)
    test(`${name}: says what it means, how to look and how to mend`, () => {
      const parts = entry.match(/^\*\*(Means|Look|Mend)\.\*\*/gm)
      assert.deepEqual(parts, ['**Means.**', '**Look.**', '**Mend.**'])
      assert.match(entry, /^```sh\n\S/m)
    })

  test('has commands that find what they look for, and nothing else', () => {
    const found = (type: string, part: string) =>
      resources.filter(([id, { Type }]) => Type === type && id.includes(part)).length
    const commands = [...text.matchAll(/^(?!resources\(\)).*$/gm)].map(([line]) => line).join('\n')
    for (const [, quoted, type = '', part = ''] of commands.matchAll(
      /("?)\$\(resources (\S+) '?(\w*)'?\)/g,
    )) {
      if (part === '') continue
      assert.ok(quoted ? found(type, part) === 1 : found(type, part) > 0, `${type} ${part}`)
    }
    const logs = [...commands.matchAll(/(?<!aws )\blogs ([a-zA-Z]+)/g)].map(([, name = '']) => name)
    assert.ok(logs.length > 5)
    for (const name of logs) assert.equal(found('AWS::Logs::LogGroup', name), 1, name)
  })

  test('names no command or option of redrive that does not exist', async () => {
    const { help } = await import('../../redrive/command.ts')
    const used = [...text.matchAll(/npm run redrive -- ([^\n`]*)/g)].flatMap(([, args = '']) =>
      args.split(' '),
    )
    for (const option of used.filter((word) => word.startsWith('--')))
      assert.ok(help.includes(option), option)
    for (const [n, word] of used.entries())
      if (used[n - 1] === '--queue') assert.ok(help.includes(word), word)
  })
})
