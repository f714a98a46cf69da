mod volumes;
