import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { Webhook, WebhookDelivery } from '../api/records.ts'

/** The texts for webhooks. Pure. */

type Meaning = { type: StatusIndicatorProps.Type; text: string }

export const webhookStates: Record<Webhook['state'], Meaning> = {
  active: { type: 'success', text: 'Active' },
  failing: { type: 'error', text: 'Failing' },
  ended: { type: 'stopped', text: 'Ended by its receiver' },
}

export const deliveryStates: Record<WebhookDelivery['state'], Meaning> = {
  waiting: { type: 'pending', text: 'Waits' },
  delivered: { type: 'success', text: 'Delivered' },
  failed: { type: 'error', text: 'Given up' },
  dropped: { type: 'stopped', text: 'Dropped' },
}

type Reason = NonNullable<Webhook['down']>['reason']

const reasons: Record<Reason, string> = {
  addressRefused: 'Its name resolves to an address outside the public internet',
  nameNotFound: 'Its name does not resolve',
  notConnected: 'It does not accept connections',
  certificateRefused: 'Its certificate is not trusted',
  timedOut: 'It did not answer in time',
  badAnswer: 'Its answer is not HTTP',
  redirected: 'It redirects, which is not followed',
  refused: 'It refused the event',
  busy: 'It is busy',
  gone: 'It is gone for good',
}

/** `It refused the event, with status 500` */
export const reasonText = ({ reason, status }: { reason: Reason; status?: number }): string =>
  `${reasons[reason]}${status === undefined ? '' : `, with status ${status}`}`

export const fleetsText = ({ fleets }: Pick<Webhook, 'fleets'>): string => fleets?.join(', ') ?? 'every fleet'
