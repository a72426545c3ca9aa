import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rolloutStory } from '../../support/rollout/story.ts'
import { openTable } from '../../support/table.ts'

test('a driving campaign decides, counts, retries and draws its curve like a recount of what happened', async () => {
  const { table } = openTable()
  const story = await rolloutStory(table, 100)
  const { state } = await story.run()
  assert.deepEqual(story.differences, [])
  assert.equal(state, 'finished')
})
