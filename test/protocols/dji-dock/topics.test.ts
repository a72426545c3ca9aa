import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { topicFilters, topicsOf, topicsOfAircraft, topicsOfDock } from '../../../protocols/dji-dock/topics.ts'
import { dockSnSegment, topicsOf as logTopicsOf } from '../../../protocols/dji-remote-log/topics.ts'

const sn = '7CTDLAB00A0001'

describe('the topics of a dock', () => {
  it('have the serial number where the rules look for it', () => {
    for (const topic of [...Object.values(topicsOf(sn)), ...Object.values(logTopicsOf(sn))])
      assert.equal(topic.split('/')[dockSnSegment - 1], sn)
    for (const filter of Object.values(topicFilters)) assert.equal(filter.split('/')[dockSnSegment - 1], '+')
  })

  it('contain everything that this folder and remote logs use', () => {
    const { published, received } = topicsOfDock(sn)
    const used = new Set([...Object.values(topicsOf(sn)), ...Object.values(logTopicsOf(sn))])
    assert.deepEqual(
      [...used].filter((topic) => ![...published, ...received].includes(topic)),
      [],
    )
    assert.deepEqual(
      published.filter((topic) => received.includes(topic)),
      [],
    )
  })

  it('hold alarms, properties and their acknowledgements for its aircraft', () => {
    assert.deepEqual(
      topicsOfAircraft('A1').published,
      ['osd', 'state', 'events'].map((k) => `thing/product/A1/${k}`),
    )
    assert.deepEqual(
      topicsOfAircraft('A1').received,
      ['events_reply', 'state_reply'].map((k) => `thing/product/A1/${k}`),
    )
  })
})
