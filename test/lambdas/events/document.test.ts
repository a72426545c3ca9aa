import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventTypes } from '../../../lambdas/changes/event-types.ts'

const text = readFileSync(join(import.meta.dirname, '../../../docs/events.md'), 'utf8')

test('docs/events.md lists every type of event, and no other', () => {
  const listed = [...text.matchAll(/^\| `(\w+)` \| (`[^|]+) \|/gm)].flatMap(([, subject, whats = '']) =>
    [...whats.matchAll(/`(\w+)`/g)].map(([, what]) => `groundcrew.${subject}.${what}.v1`),
  )
  assert.deepEqual(listed.toSorted(), [...eventTypes].toSorted())
})
