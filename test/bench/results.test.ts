import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withSection } from '../../bench/results.ts'

const titles = ['One', 'Two', 'Three']
const headings = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('#'))

test('a part that is measured again takes its own place among the others, which stay', () => {
  const before = withSection(withSection('', '## Three\n\n3', titles), '## One\n\nold', titles)
  const one = withSection(before, '## One\n\nnew\n\n### More', titles)
  assert.deepEqual(headings(one), ['# Measurements', '## One', '### More', '## Three'])
  assert.doesNotMatch(one, /old/)
  assert.equal(withSection(one, '## Three\n\n3', titles), one)
})

test('a part that is no more leaves the results with the next one that is measured', () => {
  const text = withSection('', '## Two\n\n2', titles)
  assert.deepEqual(headings(withSection(text, '## One\n\n1', ['One'])), ['# Measurements', '## One'])
})
