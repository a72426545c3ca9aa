import type { Traffic } from '../../protocols/dji-dock/traffic.ts'
import { announcement, asOf, dockOf, heard, type Presence } from './presence.ts'

/**
 * An announcement is repeated after this time, so that the cloud can distinguish an absent dock from an
 * absent relay.
 */
const againAfterMs = 60 * 60_000

/** More gateways than a site's broker has; further ones are not announced. */
const mostDocks = 1_000

type Entry = { presence: Presence; announced?: { text: string; at: number } }

/**
 * The presence of every dock that a relay hears. A gateway counts as a dock if it was named, or once it sends
 * a message that only docks send: remote controllers are gateways, too. It has no clock and sends nothing
 * itself.
 */
export const createPresenceBoard = (named: readonly string[]) => {
  const entries = new Map<string, Entry>()
  const docks = new Set(named)

  const isOwn = (traffic: Traffic): boolean => {
    const dockSn = dockOf(traffic)
    return dockSn === traffic.sn || (entries.get(dockSn)?.presence.known.includes(traffic.sn) ?? false)
  }

  return {
    /** Whether a message is on the dock's own topic, or on that of an aircraft that it reported there. */
    isOwn,

    /** Records a message; returns whether there is something new to announce. */
    record: (traffic: Traffic, at: number): boolean => {
      if (isLastWill(traffic)) return false
      const dockSn = dockOf(traffic)
      if (!isOwn(traffic)) return false
      const entry = entries.get(dockSn)
      if (isOfDocksOnly(traffic) && docks.size < mostDocks) docks.add(dockSn)
      if (!entry && entries.size >= mostDocks) return false
      const presence = heard(entry?.presence, traffic, at)
      entries.set(dockSn, { ...entry, presence })
      return docks.has(dockSn) && entry?.announced?.text !== announcement(presence)
    },

    /** The announcements that are due: changed ones, and those announced an hour ago. */
    due: (now: number): { dockSn: string; text: string }[] =>
      [...entries].flatMap(([dockSn, entry]) => {
        entry.presence = asOf(entry.presence, now)
        const text = announcement(entry.presence)
        const { announced } = entry
        const isDue = !announced || announced.text !== text || now - announced.at >= againAfterMs
        return docks.has(dockSn) && isDue ? [{ dockSn, text }] : []
      }),

    /** The cloud has acknowledged it. */
    announced: (dockSn: string, text: string, at: number): void => {
      const entry = entries.get(dockSn)
      if (entry) entry.announced = { text, at }
    },
  }
}

/** The broker sends it in the dock's name when the dock is gone: no sign of life. */
const isLastWill = (traffic: Traffic): boolean => traffic.kind === 'topology' && traffic.asksNothing

const isOfDocksOnly = (traffic: Traffic): boolean =>
  (traffic.kind === 'topology' && traffic.isDock) ||
  (traffic.kind === 'situation' && traffic.aircraft !== undefined)
