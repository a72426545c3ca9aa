import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'

type Props = {
  title: string
  /** The button that does it; Enter in a field does it, too. */
  answer: string
  isReady: boolean
  busy: boolean
  submit: () => void
  close: () => void
  /** The fields. */
  children: ReactNode
}

/** Asks for a few values and does something with them. */
export const FormDialog = ({ title, answer, isReady, busy, submit, close, children }: Props) => (
  <Modal
    visible
    header={title}
    onDismiss={close}
    closeAriaLabel="Close"
    footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>
            Close
          </Button>
          <Button variant="primary" disabled={!isReady} loading={busy} onClick={submit}>
            {answer}
          </Button>
        </SpaceBetween>
      </Box>
    }
  >
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !busy) submit()
      }}
    >
      <SpaceBetween size="m">{children}</SpaceBetween>
      {/* A form of several fields is sent by Enter only where it has a button. */}
      <input type="submit" hidden />
    </form>
  </Modal>
)
