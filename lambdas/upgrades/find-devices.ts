import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { Table } from '../table/client.ts'
import { attemptKey, deviceKey } from '../table/keys.ts'
import { type Device, readDevice } from './devices.ts'

/** The device with this key, or the earlier attempt, which has the shape of a device. */
export const findDevice = async (
  table: Table,
  Key: { pk: string; sk: string },
): Promise<Device | undefined> => {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
  )
  return Item && readDevice(Item)
}

/** Earlier attempts of a device, newest first, without the attempt `after` and those that come before it. */
export const earlierAttempts = async (
  table: Table,
  deviceId: string,
  { limit, after, oldestFirst = false }: { limit: number; after?: string | undefined; oldestFirst?: boolean },
): Promise<Device[]> => {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :attempts)',
      ExpressionAttributeValues: { ':pk': deviceKey(deviceId).pk, ':attempts': attemptKey('', '').sk },
      ScanIndexForward: oldestFirst,
      // An attempt that another has just replaced is no longer in the device's item: it has to be found here.
      ConsistentRead: true,
      ...(after === undefined ? {} : { ExclusiveStartKey: attemptKey(deviceId, after) }),
      Limit: limit,
    }),
  )
  return Items.map((item) => readDevice(item))
}
