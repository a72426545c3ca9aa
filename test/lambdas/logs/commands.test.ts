import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commandStore } from '../../../lambdas/logs/commands.ts'
import { earliest } from '../../../lambdas/logs/registers.ts'
import { openTable } from '../../support/table.ts'

describe('a command that is marked as answered', () => {
  const commands = commandStore(openTable().table)
  const [first, second] = [earliest(1, 'receipt-1'), earliest(2, 'receipt-2')]

  it('keeps the earliest answer, whichever is recorded last', async () => {
    for (const answers of [
      [first, second],
      [second, first],
    ]) {
      const id = `listing-${answers.indexOf(first)}`
      await commands.add('DOCK', { id, kind: 'list', subject: id }, 1)
      for (const order of answers) await commands.answered('DOCK', id, order)
      assert.equal((await commands.find('DOCK', id))?.answered, first)
    }
  })

  it('does not come back once it has expired', async () => {
    await commands.answered('DOCK', 'gone', first)
    assert.equal(await commands.find('DOCK', 'gone'), undefined)
  })
})
