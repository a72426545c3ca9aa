import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acs3Signature, ossSignature } from './alibaba-signatures.ts'

test('the API signature is that of the example in the published description', () => {
  const headers = {
    host: 'ecs.cn-shanghai.aliyuncs.com',
    'x-acs-action': 'RunInstances',
    'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-acs-date': '2023-10-26T10:22:32Z',
    'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
    'x-acs-version': '2014-05-26',
  }
  const url = new URL(
    'https://ecs.cn-shanghai.aliyuncs.com/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai',
  )
  assert.equal(
    acs3Signature({ method: 'POST', url, headers }, 'YourAccessKeySecret', Object.keys(headers)),
    '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0',
  )
})

/**
 * https://github.com/aliyun/alibabacloud-oss-go-sdk-v2/blob/master/oss/signer/signer_test.go, and the other
 * SDKs' own tests
 */
test("OSS's signature is that of the test in Alibaba's own SDKs", () => {
  const parameters = {
    param1: 'value1',
    '+param1': 'value3',
    '|param1': 'value4',
    '+param2': '',
    '|param2': '',
    param2: '',
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-date': '20231217T025437Z',
    'x-oss-expires': '599',
    'x-oss-credential': 'ak/20231217/cn-hangzhou/oss/aliyun_v4_request',
  }
  const headers = {
    'x-oss-head1': 'value',
    abc: 'value',
    zabc: 'value',
    xyz: 'value',
    'content-type': 'application/octet-stream',
  }
  const url = new URL(`http://bucket.oss-cn-hangzhou.aliyuncs.com/?${new URLSearchParams(parameters)}`)
  assert.equal(
    ossSignature({ method: 'PUT', url, headers }, { resource: '/bucket/1234+-/123/1.txt', secret: 'sk' }),
    'a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe',
  )
})
