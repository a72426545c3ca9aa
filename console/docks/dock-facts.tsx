import Container from '@cloudscape-design/components/container'
import type { Dock } from '../api/records.ts'
import { Facts } from '../shell/facts.tsx'
import { Foreign } from '../words/foreign.tsx'
import { modeNames, type Presence, PresenceKnown } from './presence.tsx'

const onOrOff = (on: boolean | undefined): string => (on === undefined ? '' : on ? ', on' : ', off')

const Lines = ({ of, none }: { of: React.ReactNode[]; none: string }) =>
  of.length > 0 ? of.map((line, n) => <div key={String(n)}>{line}</div>) : none

const aircraftLines = ({ aircraft = [] }: Presence) => aircraft.map(({ sn, on }) => `${sn}${onOrOff(on)}`)

const firmwareLines = ({ firmware = {} }: Presence, dockSn: string) =>
  Object.entries(firmware).map(([sn, version]) => (
    <>
      {sn === dockSn ? 'Dock' : sn} <Foreign text={version} />
    </>
  ))

/** A dock's presence and its sign, and the models and versions of dock and aircraft. */
export const DockFacts = ({ dock: { dockSn, presence } }: { dock: Dock }) => {
  if (!presence) return null
  const { mode } = presence
  const items = [
    { label: 'Presence', value: <PresenceKnown presence={presence} /> },
    { label: 'Mode', value: mode ? modeNames[mode] : 'Not reported yet' },
    { label: 'Aircraft', value: <Lines of={aircraftLines(presence)} none="Not reported yet" /> },
    { label: 'Firmware', value: <Lines of={firmwareLines(presence, dockSn)} none="Not reported yet" /> },
  ]
  return (
    <Container>
      <Facts columns={4} items={items} />
    </Container>
  )
}
