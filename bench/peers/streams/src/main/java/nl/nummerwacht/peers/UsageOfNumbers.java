package nl.nummerwacht.peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/**
 * The core of the job in Kafka Streams: parse, repartition by organisation, aggregate per (organisation, number).
 *
 * <p>The key is "organisation|number" and the partitioner takes the organisation, so that one repartition topic
 * serves both; values are 9 bytes there and 32 in the store; RocksDB stands behind the record cache.
 */
public final class UsageOfNumbers {
    private static final String STORE = "usage";
    private static final JsonFactory JSON = new JsonFactory();

    private final LongAdder seen = new LongAdder();
    private final LongAdder counted = new LongAdder();
    private final LongAdder rejected = new LongAdder();

    /** A call as far as it counts; the rest has been checked. Times are microseconds since 1970. */
    record Call(String organisation, String number, long started, boolean answered) {}

    record Use(long started, boolean answered) {}

    record Usage(long calls, long answered, long first, long last) {
        static final Usage NONE = new Usage(0, 0, Long.MAX_VALUE, Long.MIN_VALUE);

        Usage with(Use use) {
            return new Usage(
                    calls + 1,
                    answered + (use.answered ? 1 : 0),
                    Math.min(first, use.started),
                    Math.max(last, use.started));
        }
    }

    // -- parsing

    /** The call in a record, or null when it is none. */
    private Call parse(byte[] value) {
        seen.increment();
        if (value != null) {
            try (JsonParser parser = JSON.createParser(value)) {
                Call call = read(parser);
                if (call != null) {
                    return call;
                }
            } catch (IOException | DateTimeException e) {
                // falls through: counted as rejected
            }
        }
        rejected.increment();
        return null;
    }

    private static Call read(JsonParser parser) throws IOException {
        String id = null, organisation = null, number = null, called = null;
        String presentation = "allowed", direction = "outbound";
        long started = Long.MIN_VALUE;
        boolean answered = false;
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return null;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken token = parser.nextToken();
            switch (name) {
                case "call_id", "started_at", "answered_at", "ended_at", "direction", "presented_number",
                        "network_number", "presentation", "called_number", "organisation", "account", "trunk",
                        "bureau" -> {
                    if (token == JsonToken.VALUE_NULL) {
                        continue;
                    }
                    if (token != JsonToken.VALUE_STRING) {
                        return null;
                    }
                }
                default -> {
                    parser.skipChildren();
                    continue;
                }
            }
            switch (name) {
                case "call_id" -> id = parser.getText();
                case "started_at" -> started = micros(parser);
                case "answered_at" -> {
                    micros(parser);
                    answered = true;
                }
                case "ended_at" -> micros(parser);
                case "direction" -> direction = parser.getText();
                case "presented_number" -> number = parser.getText();
                case "presentation" -> presentation = parser.getText();
                case "called_number" -> called = parser.getText();
                case "organisation" -> organisation = parser.getText();
                default -> { }
            }
        }
        boolean good = parser.currentToken() == JsonToken.END_OBJECT
                && id != null && !id.isEmpty() && started != Long.MIN_VALUE && organisation != null
                && e164(number) && e164(called)
                && (direction.equals("outbound") || direction.equals("inbound"))
                && (presentation.equals("allowed") || presentation.equals("restricted")
                        || presentation.equals("unavailable"));
        return good ? new Call(organisation, number, started, answered) : null;
    }

    private static boolean e164(String number) {
        if (number == null || number.length() < 5 || number.length() > 16 || number.charAt(0) != '+') {
            return false;
        }
        for (int at = 1; at < number.length(); at++) {
            if (number.charAt(at) < '0' || number.charAt(at) > '9') {
                return false;
            }
        }
        return number.charAt(1) != '0';
    }

    private static long micros(JsonParser parser) throws IOException {
        char[] text = parser.getTextCharacters();
        int at = parser.getTextOffset();
        if (parser.getTextLength() == 32 && text[at + 19] == '.' && new String(text, at + 26, 6).equals("+00:00")) {
            // The form nearly all have, "2026-01-01T00:05:42.541603+00:00": parsing it as any form took a sixth of all CPU.
            long day = LocalDate.of(digits(text, at, 4), digits(text, at + 5, 2), digits(text, at + 8, 2)).toEpochDay();
            int hour = digits(text, at + 11, 2), minute = digits(text, at + 14, 2), second = digits(text, at + 17, 2);
            boolean marks = text[at + 4] == '-' && text[at + 7] == '-' && text[at + 10] == 'T'
                    && text[at + 13] == ':' && text[at + 16] == ':';
            if (marks && hour < 24 && minute < 60 && second < 60) {
                return ((day * 24 + hour) * 60 + minute) * 60_000_000L + second * 1_000_000L + digits(text, at + 20, 6);
            }
        }
        return ChronoUnit.MICROS.between(Instant.EPOCH, OffsetDateTime.parse(parser.getText()).toInstant());
    }

    private static int digits(char[] text, int from, int count) {
        int number = 0;
        for (int at = from; at < from + count; at++) {
            if (text[at] < '0' || text[at] > '9') {
                throw new DateTimeException("not a digit");
            }
            number = number * 10 + text[at] - '0';
        }
        return number;
    }

    // -- bytes

    private static Serde<Use> uses() {
        return Serdes.serdeFrom(
                (topic, use) -> use == null ? null
                        : ByteBuffer.allocate(9).putLong(use.started).put((byte) (use.answered ? 1 : 0)).array(),
                (topic, bytes) -> {
                    if (bytes == null) {
                        return null;
                    }
                    ByteBuffer buffer = ByteBuffer.wrap(bytes);
                    return new Use(buffer.getLong(), buffer.get() != 0);
                });
    }

    private static Serde<Usage> usages() {
        return Serdes.serdeFrom(
                (topic, usage) -> usage == null ? null
                        : ByteBuffer.allocate(32).putLong(usage.calls).putLong(usage.answered)
                                .putLong(usage.first).putLong(usage.last).array(),
                (topic, bytes) -> {
                    if (bytes == null) {
                        return null;
                    }
                    ByteBuffer buffer = ByteBuffer.wrap(bytes);
                    return new Usage(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
                });
    }

    private static final StreamPartitioner<String, Use> BY_ORGANISATION = (topic, key, value, partitions) -> {
        byte[] organisation = key.substring(0, key.indexOf('|')).getBytes(StandardCharsets.UTF_8);
        return Optional.of(Set.of(Utils.toPositive(Utils.murmur2(organisation)) % partitions));
    };

    // -- the way

    private Topology topology(String topic, int partitions) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(topic, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .flatMap((key, value) -> {
                    Call call = parse(value);
                    return call == null
                            ? Set.<KeyValue<String, Use>>of()
                            : Set.of(KeyValue.pair(
                                    call.organisation + "|" + call.number, new Use(call.started, call.answered)));
                })
                .repartition(Repartitioned.with(Serdes.String(), uses())
                        .withName("by-organisation")
                        .withNumberOfPartitions(partitions)
                        .withStreamPartitioner(BY_ORGANISATION))
                .groupByKey(Grouped.with(Serdes.String(), uses()))
                .aggregate(
                        () -> Usage.NONE,
                        (key, use, usage) -> {
                            counted.increment();
                            return usage.with(use);
                        },
                        Materialized.<String, Usage, org.apache.kafka.streams.state.KeyValueStore<
                                        org.apache.kafka.common.utils.Bytes, byte[]>>as(STORE)
                                .withKeySerde(Serdes.String())
                                .withValueSerde(usages())
                                .withCachingEnabled());
        return builder.build();
    }

    private static Properties settings(String guarantee) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, told("APP"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, told("BOOTSTRAP"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, told("FOLDER"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
        // The defaults are 30 s at_least_once, in which a short run would write no state at all, and 100 ms
        // exactly_once, in which every second has ten transactions.
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, guarantee.startsWith("exactly") ? 1_000 : 5_000);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), 64 << 10);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 50);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 100);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64L << 20);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        return settings;
    }

    private static String told(String name) {
        return System.getenv("PEER_" + name);
    }

    // -- what it says

    private void tell() {
        Thread teller = new Thread(() -> {
            while (true) {
                try {
                    Thread.sleep(100);
                } catch (InterruptedException e) {
                    return;
                }
                System.out.println("at " + seen.sum() + " " + counted.sum());
            }
        });
        teller.setDaemon(true);
        teller.start();
    }

    private void kept(KafkaStreams streams) {
        long numbers = 0, calls = 0, answered = 0;
        BigInteger first = BigInteger.ZERO, last = BigInteger.ZERO;
        var store = streams.store(
                StoreQueryParameters.fromNameAndType(STORE, QueryableStoreTypes.<String, Usage>keyValueStore()));
        try (var entries = store.all()) {
            while (entries.hasNext()) {
                Usage usage = entries.next().value;
                numbers++;
                calls += usage.calls;
                answered += usage.answered;
                first = first.add(BigInteger.valueOf(usage.first));
                last = last.add(BigInteger.valueOf(usage.last));
            }
        }
        System.out.println(String.format(
                "kept {\"numbers\":%d,\"calls\":%d,\"answered\":%d,\"first\":%d,\"last\":%d,\"rejected\":%d}",
                numbers, calls, answered, first, last, rejected.sum()));
    }

    public static void main(String[] arguments) throws IOException {
        UsageOfNumbers job = new UsageOfNumbers();
        Topology topology = job.topology(told("TOPIC"), Integer.parseInt(told("PARTITIONS")));
        KafkaStreams streams = new KafkaStreams(topology, settings(arguments[0]));
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        job.tell();
        streams.start();
        System.in.readAllBytes();
        job.kept(streams);
        streams.close(java.time.Duration.ofSeconds(20));
    }
}
