# Texts of the hosted pages. Both languages hold the same keys: a test guards it.
reset-title = Choose a new password
reset-intro = Use it to sign in from now on. You will be signed out on all your devices.
reset-password = New password
reset-hint = At least 8 characters. A few unrelated words make a good password.
reset-again = The same password again
reset-button = Save new password
reset-done-title = Your password is changed
reset-done-text = You can close this page and sign in with the new password.

forgot-title = Reset your password
forgot-intro = Enter the email address of your account. We will send you a code.
forgot-button = Send code
forgot-aside = I already have a code
email-label = Email address

code-title = Enter the code
code-intro = If there is an account with this address, a mail with a code is on its way. Look into the spam folder too. The code works for ten minutes.
code-label = Code from the mail
code-hint = Six digits.
code-button = Save new password
code-aside = No mail? Ask for another code

verify-title = Is this your email address?
verify-intro = Confirm it with one tap.
verify-button = Yes, confirm
verify-done-title = Your email address is confirmed
verify-done-text = You can close this page.

resend-title = Get a new confirmation mail
resend-intro = Enter the email address you signed up with. We will send you a mail with a new link.
resend-button = Send mail
resend-next = Send me a new mail
resend-done-title = Look into your mail
resend-done-text = If this address waits to be confirmed, a mail with a new link is on its way. Look into the spam folder too. Links you got before no longer work.

expired-title = This link no longer works
expired-reset-text = It was used, is too old, or a newer one was sent. Ask for a new link in the app and use the one from the latest mail.
expired-next = Send me a code
expired-verify-text = It was used, is too old, or a newer one was sent. If your address is confirmed already, there is nothing to do.

missing-title = There is nothing here
missing-text = Please open the link from the mail once more, in full.
method-title = This page cannot be called like that
method-text = Please open the link from the mail once more.
large-title = That was too much
large-text = That was larger than a form or a file can be. Go back, and send less at once or choose a smaller file.
busy-title = Just a moment, please
busy-text = The server is busy. Please go back and try again in a few seconds.
limited-title = Too many tries
limited-text = Please wait a few minutes and try again.
limited-mails-text = Please look whether you have a mail already, perhaps in the spam folder. If none came, wait a few minutes and try again.
broken-title = Something went wrong
broken-text = It is our fault, and it has been noted. If it stays so, tell support this number:
refused-title = This cannot be done
refused-text = Please ask the support of the app.

fault-summary = Please check this
fault-prefix = Error

reason-email = This is not an email address.
reason-code = This code is wrong or no longer works. Use the one from the latest mail.
reason-required = Please fill this in.
reason-too-short = It needs at least { $min } characters.
reason-too-long = It can have at most { $max } characters.
reason-too-common = Too many people use this password, so it is tried first. Please choose another.
reason-too-similar = It must not be your email address, name or phone number, nor the name of this service.
reason-mismatch = The two passwords are not the same.
reason-malformed = It has a character that cannot be used.
reason-other = This cannot be used. Please choose another.

languages = Language
