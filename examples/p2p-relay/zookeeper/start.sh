#!/bin/sh
# Starts the ZooKeeper server number ZOO_MY_ID (1, 2 or 3; see zoo.cfg) as this very process.
set -eu

WAIT=50   # tenths of a second, for all neighbours together

echo "${ZOO_MY_ID:?the number of this server, 1 to 3}" >/var/lib/zookeeper/myid

# An engine knows a neighbour's name once that container runs; an election before that only fills the log.
for name in $(sed -n 's/^server\.[0-9]*=\([^:]*\):.*/\1/p' /conf/zoo.cfg); do
    until getent hosts "$name" >/dev/null || [ $WAIT -le 0 ]; do
        sleep 0.1
        WAIT=$((WAIT - 1))
    done
done

exec java -Xmx96m -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Djava.security.properties=/conf/java.security -Dzookeeper.jmx.log4j.disable=true \
    -cp "/conf:/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar" \
    org.apache.zookeeper.server.quorum.QuorumPeerMain /conf/zoo.cfg
