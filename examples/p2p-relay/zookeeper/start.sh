#!/bin/sh
# Starts the ZooKeeper server number ZOO_MY_ID (1, 2 or 3; see zoo.cfg) as this very process.
set -eu

echo "${ZOO_MY_ID:?the number of this server, 1 to 3}" >/var/lib/zookeeper/myid

# A server that starts before its neighbours must not remember for 10 s that their names were unknown.
exec java -Xmx96m -Xshare:auto -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dsun.net.inetaddr.negative.ttl=0 -Dzookeeper.jmx.log4j.disable=true \
    -cp "/conf:/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar" \
    org.apache.zookeeper.server.quorum.QuorumPeerMain /conf/zoo.cfg
