import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.Random;

/** Cached MEAN_S SEED URL: as cached.py does, with Java's own cache of names (networkaddress.cache.ttl; 30 s unless it is set). */
public class Cached {
    public static void main(String[] args) throws Exception {
        double mean = Double.parseDouble(args[0]);
        Random random = new Random(args[1].hashCode());
        URL url = new URL(args[2]);
        while (true) {
            try {
                HttpURLConnection connection = (HttpURLConnection) url.openConnection();
                connection.setRequestProperty("Connection", "close");
                connection.setReadTimeout(20000);
                try (InputStream page = connection.getInputStream()) {
                    page.readAllBytes();
                }
            } catch (java.io.IOException error) {
                System.out.println(System.currentTimeMillis() + " " + error);
            }
            Thread.sleep((long) (-Math.log(1 - random.nextDouble()) * mean * 1000));
        }
    }
}
