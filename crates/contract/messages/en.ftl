# What a client reads where a contract pins no message of its own.
# The same keys stand in ko.ftl. `error-CODE` is a failure; `reason-REASON` is what is wrong with a field, and
# `reason-REASON-FIELD` says it better for one input field (for `too_similar`: for what the password resembles).

## Failures of operations

error-invalid = The request is invalid.
error-email_taken = An account with this e-mail address already exists.
error-username_taken = This user name is already taken.
error-phone_taken = An account with this phone number already exists.
error-nickname_taken = This nickname is already taken.
error-identity_taken = An account with this identity already exists.
error-upload_taken = This file already belongs to an account.
error-wrong_credentials = These credentials do not match any account.
error-wrong_password = The password is wrong.
error-unauthenticated = Please sign in first.
error-reauthentication_required = You signed in too long ago for this. Please sign in again.
error-forbidden = You are not allowed to do this.
error-not_found = There is no such thing.
error-account_not_found = There is no such account.
error-account_pending = This account is waiting for approval.
error-account_rejected = This account was not approved.
error-account_suspended = This account is suspended.
error-code_invalid = The code is wrong or has expired.
error-token_invalid = The token is invalid or has expired.
error-token_revoked = The token is no longer valid.
error-email_not_proven = Please verify the e-mail address first.
error-email_domain_not_allowed = E-mail addresses of this domain are not accepted here.
error-product_key_unknown = There is no such product key.
error-product_key_used = This product key is already in use.
error-already_friends = You are already friends.
error-self_not_allowed = You cannot do this with yourself.
error-not_friends = You are not friends.
error-in_another_room = You are in another room.
error-room_full = The room is full.
error-wrong_room_password = The password of the room is wrong.
error-too_soon = This was changed too recently. Please try again later.
error-already_decided = This was decided already.
error-already_exists = There is one already.
error-idempotency_key_reused = This idempotency key belongs to another request.
error-message_gone = There is nothing left of this message to send.
error-request_in_progress = The same request is at work. Please try again in a moment.
error-too_many_requests = Too many requests. Please try again later.
error-unavailable = The service is busy. Please try again in a moment.

## Failures of the door

error-route_not_found = There is nothing at this address.
error-method_not_allowed = This method is not allowed here.
error-body_malformed = The request body cannot be read.
error-body_too_large = The request body is too large.
error-unsupported_media_type = This content type is not supported.
error-internal = Something went wrong on our side.

## What is wrong with a field

reason-required = This field is required.
reason-blank = This field may not be empty.
reason-malformed = Enter a valid value.
reason-malformed-email = Enter a valid e-mail address.
reason-malformed-phone_number = Enter a valid phone number.
reason-malformed-birthdate = Enter a date in the form YYYY-MM-DD.
reason-malformed-preferred_username = This user name contains characters that are not allowed.
reason-malformed-password = Enter the password as text.
reason-too_short = Enter at least { $min } characters.
reason-too_short-password = The password must have at least { $min } characters.
reason-too_long = Enter at most { $max } characters.
reason-too_long-password = The password must have at most { $max } characters.
reason-too_long-uploads = Send at most { $max } files.
reason-too_long-interests = Choose at most { $max }.
reason-too_common = This password is too common. Choose one that is harder to guess.
reason-too_similar = The password must not be the same as something that is known about the account.
reason-too_similar-email = The password must not be the same as the e-mail address.
reason-too_similar-local_part = The password must not be the same as the name in the e-mail address.
reason-too_similar-preferred_username = The password must not be the same as the user name.
reason-too_similar-name = The password must not be the same as the name.
reason-too_similar-given_name = The password must not be the same as the given name.
reason-too_similar-family_name = The password must not be the same as the family name.
reason-too_similar-nickname = The password must not be the same as the nickname.
reason-too_similar-phone_number = The password must not be the same as the phone number.
reason-too_similar-service = The password must not be the same as the name of the service.
reason-mismatch = The two entries do not match.
reason-mismatch-password_again = The two passwords do not match.
reason-not_a_choice = Choose one of the allowed values.
reason-not_a_choice-gender = Choose one of the allowed genders.
reason-out_of_range = This value is out of range.
reason-out_of_range-birthdate = Enter a real date of birth in the past.
reason-unknown = There is no such entry.
reason-unknown-organization = There is no such organisation.
reason-taken = This value is already in use.
reason-taken-email = An account with this e-mail address already exists.
reason-taken-preferred_username = This user name is already taken.
reason-taken-phone_number = An account with this phone number already exists.
reason-taken-nickname = This nickname is already taken.
