import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'

type Asked = {
  label: string
  /** What a screen reader says instead of the label, where several buttons have the same. */
  ariaLabel?: string
  question: string
  /** The button that does it. */
  answer: string
  busy: boolean
  /** Whether it is what one most likely came to do. */
  isPrimary?: boolean
  /** Does it, and calls `settled` when that has ended, well or not. */
  act: (settled: { onSettled: () => void }) => void
  children: ReactNode
}

/** A button for what cannot be undone: it asks first, with `children` to say what follows. */
export const ConfirmedButton = ({ label, ariaLabel, isPrimary = false, ...asked }: Asked) => {
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
