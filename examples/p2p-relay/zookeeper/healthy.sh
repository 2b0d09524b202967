#!/bin/bash
# Exit 0 when this server serves as a member of a quorum, asked over its client port with the command `srvr`.
exec 3<>/dev/tcp/127.0.0.1/2181 || exit 1
printf srvr >&3
while IFS= read -r -t 2 line <&3; do
    case $line in
        "Mode: leader" | "Mode: follower") exit 0 ;;
    esac
done
exit 1
