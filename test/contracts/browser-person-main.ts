/** A browser for $BROWSER: opens the address it is given and signs in with the name and password of its environment, and lets in the program. */
import { BrowserPerson } from './browser-person.ts'

const { PERSON_NAME: name = '', PERSON_PASSWORD: password = '' } = process.env
await new BrowserPerson({ name, password, answer: 'allow' }).open(process.argv[2] ?? '')
