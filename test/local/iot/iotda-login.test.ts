import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { deviceSecretOf, iotdaLogin } from '../../../local/iot/iotda-login.ts'

const secret = 'a1b2c3d4e5f6'
const deviceId = '5e06bfee334dd4f33759f5b3_pump_0_1'

/** A login at 2018-07-24 17:56:20 UTC. */
const { refusal, authorize } = iotdaLogin({ secret, now: () => Date.UTC(2018, 6, 24, 17, 56, 20) })
const passwordAt = (time: string, of = secret): Buffer =>
  Buffer.from(createHmac('sha256', time).update(of).digest('hex'))
const credentials = (time: string, signType: 0 | 1 = 0) => ({
  clientId: `${deviceId}_0_${signType}_${time}`,
  username: deviceId,
  password: passwordAt(time),
})

test('a password that openssl made is taken', () => {
  // printf a1b2c3d4e5f6 | openssl dgst -sha256 -hmac 2018072417
  const password = Buffer.from('b0e2f14ffe2949fda34660d095073cc15fddb040168343791118d35e6bb6eaad')
  assert.equal(refusal({ ...credentials('2018072417', 1), password }), undefined)
})

for (const [time, isNear] of Object.entries({
  2018072415: false,
  2018072416: true,
  2018072417: true,
  2018072418: true,
  2018072419: false,
  2018072517: false,
  1970010100: false,
}))
  test(`at 17:56 the time ${time} is ${isNear ? '' : 'not '}taken with sign type 1, and always with 0`, () => {
    assert.equal(refusal(credentials(time, 0)), undefined)
    const reason = refusal(credentials(time, 1))?.message
    if (isNear) assert.equal(reason, undefined)
    else assert.match(reason ?? '', /is not within an hour of 2018072417$/)
  })

const good = credentials('2018072417')
const refused: [string, Partial<typeof good>, RegExp][] = [
  ['another secret', { password: passwordAt('2018072417', 'guess') }, /its password/],
  ['the password of another hour', { password: passwordAt('2018072416') }, /its password/],
  ['a password in capitals', { password: Buffer.from(`${good.password}`.toUpperCase()) }, /its password/],
  ['the secret itself', { password: Buffer.from(secret) }, /its password/],
  ['the name of another device', { username: '5e06bfee334dd4f33759f5b3_other' }, /its user name/],
  ['the client id of another device', { clientId: 'other_0_0_2018072417' }, /its user name/],
  ['a plain client id', { clientId: deviceId }, /its client id/],
  ['another device type', { clientId: `${deviceId}_3_0_2018072417` }, /its client id/],
  ['another sign type', { clientId: `${deviceId}_0_2_2018072417` }, /its client id/],
  ['a time with minutes', { clientId: `${deviceId}_0_0_201807241756` }, /its client id/],
  ['a wildcard for a device id', { clientId: '+_0_0_2018072417', username: '+' }, /its client id/],
]
for (const [what, changes, reason] of refused)
  test(`${what} is refused, and why is said without the password`, () => {
    const said = refusal({ ...good, ...changes })?.message ?? ''
    assert.match(said, reason)
    assert.ok(!said.includes(`${changes.password ?? good.password}`))
  })

test('a client without user name or password is refused', () => {
  assert(refusal({ clientId: good.clientId, password: good.password }))
  assert(refusal({ clientId: good.clientId, username: deviceId }))
})

test('a device may use the topics of its own id and no others', () => {
  const may = (topic: string) =>
    authorize({ clientId: good.clientId, username: deviceId, action: 'iot:Subscribe', topic })
  assert.equal(may(`oc/devices/${deviceId}/sys/events/down`), true)
  assert.equal(may(`oc/devices/${deviceId}/#`), true)
  const others = [
    `oc/devices/${deviceId}0/sys/events/down`,
    'oc/devices/+/sys/events/down',
    '#',
    'thing/product/a',
  ]
  for (const topic of [...others, '']) assert.equal(may(topic), false, topic)
})

test('the secret of the devices stays the same over the same data, and does not tell the data’s own', () => {
  assert.equal(deviceSecretOf('one'), deviceSecretOf('one'))
  assert.notEqual(deviceSecretOf('one'), deviceSecretOf('other'))
  assert.match(deviceSecretOf('one'), /^[0-9a-f]{32}$/)
})
