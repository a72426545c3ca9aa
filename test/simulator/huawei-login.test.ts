import assert from 'node:assert/strict'
import { it } from 'node:test'
import { iotdaLogin } from '../../simulator/huawei/login.ts'

// https://support.huaweicloud.com/devg-ocsmartcampus/ocsmartcampus_04_0030.html, 2025-08-19
it("the login of a device has the password of the vendor's example, and the hour begun in UTC", () => {
  const login = iotdaLogin({ deviceId: 'product_node', secret: '12345678' }, Date.UTC(2025, 3, 14, 1, 59))
  assert.deepEqual(login, {
    clientId: 'product_node_0_0_2025041401',
    username: 'product_node',
    password: 'c75150e6cb841417396819e4d2ee4358a416344a03a083e3a8567074ddec820a',
  })
})
