import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { DebugMode, Dock } from '../api/records.ts'
import { useSession } from '../session/session.tsx'
import { ConfirmedButton } from '../shell/confirmed-button.tsx'
import { Facts } from '../shell/facts.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { Foreign } from '../words/foreign.tsx'
import { Ago, Time } from '../words/time.tsx'
import { useAskDebugMode, useDebugMode } from './use-debug-mode.ts'

type State = DebugMode['state']

const states: Record<State, { type: StatusIndicatorProps.Type; text: string }> = {
  off: { type: 'stopped', text: 'Closed' },
  opening: { type: 'in-progress', text: 'Opening' },
  waking: { type: 'in-progress', text: 'Open, switching the aircraft on' },
  on: { type: 'success', text: 'Open, the aircraft is on' },
  closing: { type: 'in-progress', text: 'Closing' },
  stuck: { type: 'warning', text: 'May still be open' },
}

/** The problem, and the manual remedy. */
const Warnings = ({ mode: { state, failure, since, aircraftLeftOn } }: { mode: DebugMode }) => (
  <>
    {state === 'stuck' && (
      <Alert type="warning" header="The dock may still be in debug mode">
        Docks do not fly in debug mode. This one has not confirmed, since <Time at={since} />, that it has
        left debug mode. If it is offline, restore its power or network: the command is sent again when it is
        back. If it is online, press Close now. If that does not help, close it with DJI Pilot at the dock, or
        restart the dock.
      </Alert>
    )}
    {aircraftLeftOn && (
      <Alert type="warning" header="The aircraft is still on">
        It could not be switched off again. Switch it off by hand, or open the debug mode and close it.
      </Alert>
    )}
    {failure && (
      <Alert
        type="warning"
        header={
          failure.step === 'open'
            ? 'The debug mode could not be opened'
            : 'The aircraft could not be switched on'
        }
      >
        <Foreign text={failure.reason} /> {failure.advice} That was <Ago at={failure.at} />.
      </Alert>
    )}
  </>
)

/** Another platform's debug mode shows only as the dock's mode; it can be closed, too. */
const isClosable = (state: State, { presence }: Dock): boolean =>
  state === 'off' ? presence?.mode === 'remoteDebugging' : state !== 'closing'

const Buttons = ({ dock, state }: { dock: Dock; state: State }) => {
  const ask = useAskDebugMode(dock.dockSn)
  const isOffline = dock.presence?.state === 'offline'
  const isAsking = (wish: 'open' | 'close') => ask.isPending && ask.variables === wish
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {state === 'on' && (
        <Button loading={isAsking('open')} onClick={() => ask.mutate('open')}>
          Keep open for 15 minutes
        </Button>
      )}
      {state === 'off' && (
        <ConfirmedButton
          label="Open for 15 minutes"
          question="Open the debug mode?"
          answer="Open it"
          busy={isAsking('open')}
          disabledReason={isOffline ? 'An offline dock cannot open it' : undefined}
          act={(settled) => ask.mutate('open', settled)}
        >
          The aircraft is switched on, so that its logs can be listed. The dock does not fly until the debug
          mode is closed, which happens automatically.
        </ConfirmedButton>
      )}
      {isClosable(state, dock) && (
        <ConfirmedButton
          label="Close now"
          question="Close the debug mode?"
          answer="Close it"
          busy={isAsking('close')}
          act={(settled) => ask.mutate('close', settled)}
        >
          The aircraft is switched off, even if somebody else still needs it.
        </ConfirmedButton>
      )}
    </SpaceBetween>
  )
}

/** Shows our debug mode of the dock, its holder and end, and opens and closes it. */
export const DebugModePanel = ({ dock }: { dock: Dock }) => {
  const { grants } = useSession()
  const { data: mode, error, refetch } = useDebugMode(dock.dockSn)
  if (error) return <ProblemAlert error={error} retry={refetch} />
  if (!mode) return null
  const { state, heldBy, until } = mode
  const items = [
    {
      label: 'State',
      value: <StatusIndicator type={states[state].type}>{states[state].text}</StatusIndicator>,
    },
    { label: 'Opened for', value: <Foreign text={heldBy} /> },
    { label: 'Closes automatically', value: <Time at={until} /> },
  ]
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Switches the aircraft on, so that its logs can be read"
          actions={grants.may('operate', dock.fleet) && <Buttons dock={dock} state={state} />}
        >
          Debug mode
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Warnings mode={mode} />
        <Facts columns={3} items={items} />
      </SpaceBetween>
    </Container>
  )
}
