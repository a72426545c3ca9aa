import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { help, redriveCommand } from '../../redrive/command.ts'
import { failureQueues } from '../../redrive/letters.ts'

const read = (...args: string[]) => redriveCommand(args, '/data')

suite('npm run redrive', () => {
  test('lists the queues of the stack in AWS when nothing is said', () =>
    assert.deepEqual(read(), {
      outcome: 'run',
      from: [],
      dryRun: false,
      stackName: undefined,
      bus: undefined,
      data: undefined,
    }))

  test('goes through each queue once', () => {
    const asked = read('--queue', 'RuleFailures', '--queue', 'repliesDeadLetters', '--queue', 'RuleFailures')
    assert.partialDeepStrictEqual(asked, { from: ['RuleFailures', 'repliesDeadLetters'], dryRun: false })
  })

  test('finds the local stack where npm start keeps its data', () => {
    assert.partialDeepStrictEqual(read('--local'), { data: '/data' })
    assert.partialDeepStrictEqual(read('--local', '--data', '/other'), { data: '/other' })
  })

  for (const [args, problem] of [
    [['--queue', 'replies'], /--queue must be one of repliesDeadLetters/],
    [['--dry-run'], /--dry-run needs a --queue/],
    [['--data', '/x'], /--data is for --local/],
    [['--all'], /Unknown option '--all'/],
    [['replies'], /Unexpected argument 'replies'/],
  ] as const)
    test(`refuses ${args.join(' ')}`, () => {
      const outcome = read(...args)
      assert(outcome.outcome === 'refused')
      assert.match(outcome.problem, problem)
    })

  test('explains every option and names every queue', () => {
    assert.deepEqual(read('--help', '--queue', 'RuleFailures'), { outcome: 'help' })
    for (const word of [
      '--queue',
      '--dry-run',
      '--stack',
      '--bus',
      '--local',
      '--data',
      '--help',
      ...failureQueues,
    ])
      assert.ok(help.includes(word), word)
  })
})
