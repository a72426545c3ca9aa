import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useEffect, useRef } from 'react'

type FormProps = { isReady: boolean; busy: boolean; submit: () => void; children: ReactNode }

type Props = FormProps & {
  title: string
  /** The button that does it; Enter in a field does it, too. */
  answer: string
  close: () => void
}

/** The fields, of which the first has the focus; the dialog around them takes it for its own button first. */
const Form = ({ isReady, busy, submit, children }: FormProps) => {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    const first = () => form.current?.querySelector<HTMLElement>('input:not([hidden]), textarea, button')
    const timer = setTimeout(() => first()?.focus())
    return () => clearTimeout(timer)
  }, [])
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !busy) submit()
      }}
    >
      <SpaceBetween size="m">{children}</SpaceBetween>
      {/* A form of several fields is sent by Enter only where it has a button. */}
      <input type="submit" hidden />
    </form>
  )
}

/** Asks for a few values and does something with them. */
export const FormDialog = ({ title, answer, close, children, ...form }: Props) => (
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
          <Button variant="primary" disabled={!form.isReady} loading={form.busy} onClick={form.submit}>
            {answer}
          </Button>
        </SpaceBetween>
      </Box>
    }
  >
    <Form {...form}>{children}</Form>
  </Modal>
)
