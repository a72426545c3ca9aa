import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  dockSnPattern,
  dockSnSegment,
  topicFilters,
  topicsOf,
} from '../../../protocols/dji-remote-log/topics.ts'

describe('topics', () => {
  it('have the serial number where the rules look for it', () => {
    for (const topic of Object.values(topicsOf('7CTDLAB00A0001'))) {
      assert.equal(topic.split('/')[dockSnSegment - 1], '7CTDLAB00A0001')
    }
  })

  it('are subscribed for every dock, replies and events only', () => {
    assert.deepEqual(topicFilters, {
      replies: 'thing/product/+/services_reply',
      events: 'thing/product/+/events',
    })
  })
})

describe('a serial number', () => {
  it('may be one of those seen', () => {
    for (const serial of ['7CTDLAB00A0001', '4TADL2400100AB', '1748FEV3HMM825451479'])
      assert.match(serial, dockSnPattern)
  })

  it('has nothing in it that means something in a topic, a key, a tag or a policy', () => {
    const illegal = [
      '',
      'A'.repeat(33),
      'AB\n',
      ...['/', '+', '#', '*', '?', '$', '{', '}', '.', '_', ' ', 'é'].map((c) => `AB${c}12`),
    ]
    for (const serial of illegal) assert.doesNotMatch(serial, dockSnPattern)
  })
})
