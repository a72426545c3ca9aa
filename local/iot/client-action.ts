/**
 * An action of a client, for the IoT policy. `topic` is a filter when subscribing, absent when connecting.
 */
export type ClientAction = {
  clientId: string
  username?: string
  action: 'iot:Connect' | 'iot:Publish' | 'iot:Subscribe' | 'iot:Receive'
  topic?: string
}
