import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCache } from '../../local/cache.ts'

test('a cache holds a fixed number of values and drops the key that was added first', () => {
  const cache = createCache<number>(2)
  for (const [n, key] of ['a', 'b', 'a', 'c'].entries()) cache.set(key, n)
  assert.deepEqual(['a', 'b', 'c'].map(cache.get), [undefined, 1, 3])
})
