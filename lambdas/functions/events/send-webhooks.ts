import type { Env } from '../../runtime/env.ts'
import { counting } from '../../runtime/telemetry.ts'
import { type Invocation, inTime } from '../../runtime/time-left.ts'
import { systemTimer } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'
import { connectSending } from '../../webhooks/connect.ts'
import type { ReceivedEvent } from '../../webhooks/delivery.ts'
import { receivedEvent } from '../../webhooks/received.ts'
import { sendEvent } from '../../webhooks/send-event.ts'
import { remembering } from '../../webhooks/store.ts'

const wire = (env: Env): ((event: ReceivedEvent) => Promise<void>) => {
  const use = connectSending(env, connectTable(env))
  return sendEvent({ ...use, remembered: remembering(use.hooks, use.now), timer: systemTimer })
}

let send: ReturnType<typeof wire> | undefined

export const handler = async (event: unknown, invocation?: Invocation): Promise<void> => {
  send ??= wire(process.env)
  const work = send
  await inTime(invocation, () => counting(() => work(receivedEvent(event))))
}
