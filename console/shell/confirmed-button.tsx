import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'

type Asked = {
  label: string
  /** The label for screen readers, if several buttons have the same one. */
  ariaLabel?: string
  question: string
  /** The confirming button. */
  answer: string
  busy: boolean
  /** Why it cannot be pressed now. */
  disabledReason?: string | undefined
  /** Whether it is the most likely action. */
  isPrimary?: boolean
  /** Acts, and calls `settled` when that has ended, successfully or not. */
  act: (settled: { onSettled: () => void }) => void
  children: ReactNode
}

/**
 * A button for an action that cannot be undone: it asks for confirmation, with `children` to explain the
 * consequences.
 */
export const ConfirmedButton = ({ label, ariaLabel, disabledReason, isPrimary = false, ...asked }: Asked) => {
  const { question, answer, busy, act, children } = asked
  const [asking, setAsking] = useState(false)
  const close = () => setAsking(false)
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={close}>
          Close
        </Button>
        <Button variant="primary" loading={busy} onClick={() => act({ onSettled: close })}>
          {answer}
        </Button>
      </SpaceBetween>
    </Box>
  )
  return (
    <>
      <Button
        variant={isPrimary ? 'primary' : 'normal'}
        {...(ariaLabel ? { ariaLabel } : {})}
        {...(disabledReason ? { disabled: true, disabledReason } : {})}
        onClick={() => setAsking(true)}
      >
        {label}
      </Button>
      <Modal visible={asking} header={question} onDismiss={close} footer={buttons} closeAriaLabel="Close">
        {children}
      </Modal>
    </>
  )
}
