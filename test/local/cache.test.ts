import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCache } from '../../local/cache.ts'

test('a cache holds so many values and forgets the one it was given first', () => {
  const cache = createCache<number>(2)
  for (const [n, key] of ['a', 'b', 'a', 'c'].entries()) cache.set(key, n)
  assert.deepEqual(['a', 'b', 'c'].map(cache.get), [undefined, 1, 3])
})
