import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RegionInfo } from 'aws-cdk-lib/region-info'
import { evaluate } from '../../local/iam/evaluate.ts'
import { requirePolicy } from '../../local/iam/policy.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { backend } from './backend.ts'

const { one } = backend()
const document = one('AWS::IoT::Policy').properties.PolicyDocument

/** What IoT Core does before it evaluates: puts in the thing that the certificate belongs to. */
const asThing = (thing: Record<string, string>) => {
  const resolved = Object.entries(thing).reduce(
    (text, [variable, value]) => text.replaceAll(`\${iot:Connection.Thing.${variable}}`, value),
    JSON.stringify(document),
  )
  return requirePolicy(JSON.parse(resolved), 'identity', 'the dock')
}
const policy = asThing({ ThingName: 'DOCK1', 'Attributes[aircraftSn]': 'AIRCRAFT1' })

const may = (action: string, path: string) =>
  evaluate(
    { identity: [policy] },
    { action, resource: `arn:aws:iot:eu-central-1:000000000000:${path}`, context: {} },
  ) === 'allow'

suite('A dock that connects itself', () => {
  test('uses its serial number as client id, or with a hyphen and more for a second connection', () => {
    assert.ok(may('iot:Connect', 'client/DOCK1'))
    assert.ok(may('iot:Connect', 'client/DOCK1-1763765000000'))
    for (const id of ['DOCK12', 'DOCK2', 'DOCK2-1', 'XDOCK1', '*'])
      assert.ok(!may('iot:Connect', `client/${id}`), id)
  })

  test('publishes what remote logs need, and only as itself', () => {
    for (const topic of [topicsOf('DOCK1').servicesReply, topicsOf('DOCK1').events])
      assert.ok(may('iot:Publish', `topic/${topic}`))
    for (const topic of Object.values(topicsOf('DOCK2')))
      assert.ok(!may('iot:Publish', `topic/${topic}`), topic)
  })

  test('cannot give itself commands or acknowledgements', () => {
    assert.ok(!may('iot:Publish', `topic/${topicsOf('DOCK1').services}`))
    assert.ok(!may('iot:Publish', `topic/${topicsOf('DOCK1').eventsReply}`))
  })

  test('receives what is sent to it, and nothing that is sent to others', () => {
    for (const topic of [
      topicsOf('DOCK1').services,
      topicsOf('DOCK1').eventsReply,
      'thing/product/DOCK1/requests_reply',
      'sys/product/DOCK1/status_reply',
    ]) {
      assert.ok(may('iot:Subscribe', `topicfilter/${topic}`))
      assert.ok(may('iot:Receive', `topic/${topic}`))
    }
    const foreign = [
      topicsOf('DOCK2').services,
      topicsOf('+').services,
      'thing/product/#',
      'sys/product/DOCK2/status_reply',
      'sys/product/+/status_reply',
      '+/product/+/services',
      '#',
    ]
    for (const topic of foreign) assert.ok(!may('iot:Subscribe', `topicfilter/${topic}`), topic)
    assert.ok(!may('iot:Receive', `topic/${topicsOf('DOCK2').services}`))
  })

  test('may use the rest of the vendor’s protocol, for itself and for its aircraft', () => {
    for (const topic of ['osd', 'state', 'requests', 'property/set_reply', 'drc/up'])
      assert.ok(may('iot:Publish', `topic/thing/product/DOCK1/${topic}`), topic)
    assert.ok(may('iot:Publish', 'topic/sys/product/DOCK1/status'))
    for (const topic of ['osd', 'state', 'events'])
      assert.ok(may('iot:Publish', `topic/thing/product/AIRCRAFT1/${topic}`), topic)
    for (const topic of ['services', 'services_reply', 'requests'])
      assert.ok(!may('iot:Publish', `topic/thing/product/AIRCRAFT1/${topic}`), topic)
    assert.ok(!may('iot:Publish', 'topic/thing/product/AIRCRAFT2/osd'))
  })
})

test('The policy fits into the 2,048 characters that IoT Core allows, in every region of every partition', () => {
  // https://docs.aws.amazon.com/general/latest/gr/iot-core.html
  const here = 'arn:aws:iot:eu-central-1:'
  const text = JSON.stringify(document)
  assert.ok(text.includes(`${here}000000000000:client/`))
  for (const { name, partition } of RegionInfo.regions) {
    const there = text.replaceAll(here, `arn:${partition}:iot:${name}:`)
    assert.ok(there.length <= 2048, `${name}: ${there.length} characters`)
  }
  const partitions = new Set(RegionInfo.regions.map(({ partition }) => partition))
  for (const partition of ['aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-f', 'aws-eusc'])
    assert.ok(partitions.has(partition), partition)
})
