# shellcheck shell=bash disable=SC2034
# The names and times of the story, read by the scripts of this folder (labels.py and schedule.py read it too: NAME=value lines only).
STORY_START=2025-03-03T00:00:00Z
STORY_END=2025-03-17T00:00:00Z
SUBJECT=mail1.hotel-brand.example
SUBJECT_PTR=25.100.51.198.in-addr.arpa
SIBLING=mail2.other-hotel.example
SIBLING_PTR=26.100.51.198.in-addr.arpa
PAIRED=hotel1.mail-clients.example
SENDER_DOMAIN=invites-app.example
RETRY_FROM=2025-03-10T08:00:00Z
SURVEY_AT=2025-03-08T10:00:00Z
ZONE_DELETED=2025-03-11T16:42:10Z
PAIRED_ADDED=2025-03-13T13:50:00Z
PTR_CHANGED=2025-03-13T14:05:00Z
RETRY_SUFFIX=corp.data-desk.example
A_TTL=3600
PTR_TTL=86400
